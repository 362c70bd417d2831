import { eq } from 'drizzle-orm'
import t, { type Test } from 'tap'
import { sessions, staffProfiles, users } from '../../src/db/schema.ts'
import { db } from '../database.ts'
import { build, signUp } from '../helper.ts'
import { findUserByPhone } from '../rows.ts'
import { createStaff } from '../staff.ts'
import { until } from '../until.ts'

/** A signed-in citizen, and a function that calls `me` with this Authorization header. */
async function citizen(t: Test, changes: Parameters<typeof build>[1] = {}) {
  const built = await build(t, changes)
  const tokens = await signUp(built)
  const user = await findUserByPhone(db, tokens.phone)
  const ask = async (authorization?: string) =>
    (
      await built.app.inject({ url: '/api/users/me/', headers: authorization ? { authorization } : {} })
    ).json()
  return { ...built, ...tokens, userId: user?.id ?? '', ask }
}

t.test('a bearer token is accepted whatever the case of "bearer"', async (t) => {
  const { access, ask } = await citizen(t)
  for (const scheme of ['Bearer', 'bearer', 'BEARER'])
    t.match(await ask(`${scheme} ${access}`), { role: 'citizen' })
})

t.test('without a token the reply is TOKEN_MISSING and names Bearer', async (t) => {
  const { app, ask } = await citizen(t)
  t.match(await ask(), { statusCode: 401, code: 'TOKEN_MISSING' })
  t.match(await ask('Basic dXNlcjpwYXNz'), { statusCode: 401, code: 'TOKEN_MISSING' })
  t.equal((await app.inject('/api/users/me')).headers['www-authenticate'], 'Bearer')
})

t.test('anything that is not one of our access tokens is TOKEN_INVALID, never a 400 or a 500', async (t) => {
  const { access, refresh, ask } = await citizen(t)
  const [header, payload, signature] = access.split('.')
  const unsigned = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')
  for (const token of [
    'garbage',
    '',
    'a.b.c',
    refresh,
    `${access} twice`,
    `${header}.${payload}`,
    `${unsigned}.${payload}.`,
    `${header}.${payload}.${signature?.toUpperCase()}`,
    `x${access}`
  ]) {
    t.match(await ask(`Bearer ${token}`), { statusCode: 401, code: 'TOKEN_INVALID' })
  }
})

t.test('an expired token is TOKEN_EXPIRED', async (t) => {
  const { access, ask } = await citizen(t, { ACCESS_TTL_SECONDS: '1' })
  await until(async () => (await ask(`Bearer ${access}`)).role !== 'citizen')
  t.match(await ask(`Bearer ${access}`), { statusCode: 401, code: 'TOKEN_EXPIRED' })
})

t.test('ended sessions are refused at once', async (t) => {
  const { access, userId, ask } = await citizen(t)
  await db.update(sessions).set({ endedAt: new Date() }).where(eq(sessions.userId, userId))
  t.match(await ask(`Bearer ${access}`), { statusCode: 401, code: 'SESSION_ENDED' })
})

t.test('an expired session is refused even if its token is valid', async (t) => {
  const { access, userId, ask } = await citizen(t)
  await db.update(sessions).set({ expiresAt: new Date() }).where(eq(sessions.userId, userId))
  t.match(await ask(`Bearer ${access}`), { statusCode: 401, code: 'SESSION_ENDED' })
})

t.test('deleted users are refused at once', async (t) => {
  const { access, userId, ask } = await citizen(t)
  await db.delete(users).where(eq(users.id, userId))
  t.match(await ask(`Bearer ${access}`), { statusCode: 401, code: 'SESSION_ENDED' })
})

t.test('leaving the staff ends the staff session but not the account', async (t) => {
  const { staffLogin, verifyOtp, me } = await build(t, { DEBUG: 'true' })
  const { phone, password } = await createStaff()
  const { access } = (await staffLogin(phone, password)).json()
  const user = await findUserByPhone(db, phone)
  await db.delete(staffProfiles).where(eq(staffProfiles.userId, user?.id ?? ''))
  t.match((await me(access)).json(), { statusCode: 401, code: 'SESSION_ENDED' })
  t.match((await me((await verifyOtp(phone, '1111')).json().access)).json(), { role: 'citizen' })
})
