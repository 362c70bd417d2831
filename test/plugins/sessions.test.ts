import { eq } from 'drizzle-orm'
import t from 'tap'
import { sessions, users } from '../../src/db/schema.ts'
import { db } from '../database.ts'
import { build, claimsOf, signUp } from '../helper.ts'
import { findUserByPhone } from '../rows.ts'
import { createStaff } from '../staff.ts'

t.test("a citizen's tokens carry the claims of the contract", async (t) => {
  const built = await build(t)
  const { access, refresh } = await signUp(built)
  const claims = claimsOf(access)
  t.match(claims, {
    token_type: 'access',
    role: 'citizen',
    iss: 'citizen-auth',
    aud: 'citizen-api',
    sub: /^[0-9a-f-]{36}$/,
    sid: /^[0-9a-f-]{36}$/,
    jti: /^[\w-]{43}$/
  })
  t.equal(claims.user_id, claims.sub)
  t.equal(claims.exp - claims.iat, 900)
  t.equal(claims.auth_time, claims.iat)
  t.ok(Number.isInteger(claims.iat) && claims.iat <= Date.now() / 1000, 'PyJWT refuses an iat in the future')

  const renewal = claimsOf(refresh)
  t.match(renewal, {
    token_type: 'refresh',
    generation: 0,
    sub: claims.sub,
    user_id: claims.sub,
    sid: claims.sid
  })
  t.equal(renewal.exp - renewal.iat, 14 * 86_400)
  t.not(renewal.jti, claims.jti)
})

t.test('a staff token lasts a working day and names the department', async (t) => {
  const { staffLogin } = await build(t)
  const { phone, password, department } = await createStaff()
  const claims = claimsOf((await staffLogin(phone, password)).json().access)
  t.match(claims, { token_type: 'access', role: 'staff', department_id: department.id })
  t.equal(claims.exp - claims.iat, 8 * 3_600)
})

t.test('tokens do not reveal the phone number', async (t) => {
  const built = await build(t)
  const { access, refresh, phone } = await signUp(built)
  for (const token of [access, refresh])
    t.notMatch(JSON.stringify(claimsOf(token)), new RegExp(phone.slice(4)))
})

t.test('a sign-in after six dormant months ends older sessions, and the log says so', async (t) => {
  const built = await build(t, { DEBUG: 'true' })
  const { phone, access } = await signUp(built)
  const lastSignInAt = new Date(Date.now() - 181 * 86_400_000)
  await db.update(users).set({ lastSignInAt }).where(eq(users.phoneNumber, phone))
  const reply = (await built.verifyOtp(phone, '1111')).json()
  t.match(reply, { is_new_user: false }, 'nothing else changes')
  t.match((await built.me(access)).json(), { code: 'SESSION_ENDED' })
  t.match((await built.me(reply.access)).json(), { phone_number: phone })
  const warnings = built.log
    .filter((line) => line.includes('dormant_sign_in'))
    .map((line) => JSON.parse(line))
  t.match(warnings, [{ level: 40, user: claimsOf(access).sub }])
})

t.test('a login that is under way while the password changes cannot use the old password', async (t) => {
  const { app, staffLogin } = await build(t)
  const { phone, password } = await createStaff()
  const { verify } = app.passwords
  app.passwords.verify = async (...typed) => {
    const matches = await verify(...typed)
    await db.update(users).set({ passwordHash: 'of another password' }).where(eq(users.phoneNumber, phone))
    return matches
  }
  t.match((await staffLogin(phone, password)).json(), { statusCode: 401, code: 'CREDENTIALS_INVALID' })
  const user = await findUserByPhone(db, phone)
  t.equal(await db.$count(sessions, eq(sessions.userId, user?.id ?? '')), 0)
})
