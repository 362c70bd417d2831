import { eq } from 'drizzle-orm'
import t from 'tap'
import { auditEvents, sessions, staffProfiles } from '../../../src/db/schema.ts'
import { db } from '../../database.ts'
import { build, claimsOf, randomPhone, redis, signUp } from '../../helper.ts'
import { findUserByPhone } from '../../rows.ts'
import { createStaff } from '../../staff.ts'
import { until } from '../../until.ts'

t.test('a deleted account is gone at once, with its sessions and profile', async (t) => {
  const built = await build(t, { DEBUG: 'true' })
  const { phone, access, refresh } = await signUp(built)
  await built.patchProfile(access, { full_name: 'Aziza Karimova', neighborhood: 'Chilonzor' })
  const { sub } = claimsOf(access)

  const reply = await built.deleteMe(access)
  t.strictSame([reply.statusCode, reply.body], [204, ''])
  t.equal(await findUserByPhone(db, phone), undefined)
  t.equal(await db.$count(sessions, eq(sessions.userId, sub)), 0)
  await until(async () => !(await redis.exists(`otp:{${phone}}:known`)))
  t.equal(await redis.exists(`otp:{${phone}}:known`), 0, 'no device is known either')
  for (const answer of [await built.me(access), await built.refresh(refresh), await built.deleteMe(access)]) {
    t.match(answer.json(), { statusCode: 401, code: 'SESSION_ENDED' })
  }
  const log = built.log.find((line) => line.includes('user_deleted')) ?? ''
  t.ok(log)
  t.notOk(log.includes(sub) || log.includes(phone.slice(4)), 'the log does not say who')

  const again = (await built.verifyOtp(phone, '1111')).json()
  t.match(again, { is_new_user: true, profile_complete: false }, 'the number starts as a new user')
  t.not(claimsOf(again.access).sub, sub)
})

t.test('staff who delete their account cannot sign in', async (t) => {
  const built = await build(t)
  const { phone, password } = await createStaff()
  const { access } = (await built.staffLogin(phone, password)).json()
  t.equal((await built.deleteMe(access)).statusCode, 204)
  t.equal(await db.$count(staffProfiles, eq(staffProfiles.userId, claimsOf(access).sub)), 0)
  t.match((await built.staffLogin(phone, password)).json(), { code: 'CREDENTIALS_INVALID' })
})

t.test('a sign-in over ten minutes old cannot delete the account', async (t) => {
  const built = await build(t)
  const { access } = await signUp(built)
  const createdAt = new Date(Date.now() - 601_000)
  await db
    .update(sessions)
    .set({ createdAt })
    .where(eq(sessions.id, claimsOf(access).sid))
  t.match((await built.deleteMe(access)).json(), { statusCode: 403, code: 'REAUTH_REQUIRED' })
  t.equal((await built.me(access)).statusCode, 200)
})

t.test('audit lines of a deleted account share one pseudonym and name nobody', async (t) => {
  const built = await build(t, { DEBUG: 'true' })
  const { access } = await signUp(built)
  const { sub } = claimsOf(access)
  await built.changePhone(access, randomPhone(), '1111')
  const [{ pseudonym } = { pseudonym: null }] = await db
    .select()
    .from(auditEvents)
    .where(eq(auditEvents.userId, sub))
  t.match(pseudonym, /^[0-9a-f]{64}$/)
  await built.deleteMe(access)
  const kept = await db
    .select()
    .from(auditEvents)
    .where(eq(auditEvents.pseudonym, pseudonym ?? ''))
  t.strictSame(kept.map(({ event, userId }) => [event, userId]).sort(), [
    ['phone_changed', null],
    ['user_deleted', null]
  ])
  t.notOk(JSON.stringify(kept).includes(sub))
})

t.test('the SIM of a staff member alone cannot delete the staff account', async (t) => {
  const built = await build(t, { DEBUG: 'true' })
  const { phone, password } = await createStaff()
  const { access } = (await built.verifyOtp(phone, '1111')).json()
  t.match((await built.deleteMe(access)).json(), { statusCode: 409, code: 'STAFF_ACCOUNT' })
  t.equal((await built.staffLogin(phone, password)).statusCode, 200)
})
