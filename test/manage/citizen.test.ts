import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import t, { type Test } from 'tap'
import { auditEvents, users } from '../../src/db/schema.ts'
import { countLiveSessions } from '../../src/db/sessions.ts'
import { maskPhone } from '../../src/phone.ts'
import { db } from '../database.ts'
import { build, claimsOf, randomPhone, signUp } from '../helper.ts'
import { findUserByPhone, insertSession, insertUser } from '../rows.ts'
import { createStaff } from '../staff.ts'
import { run, succeed } from './run.ts'

/** A citizen who is signed in twice. */
async function citizen() {
  const user = await insertUser()
  for (let times = 0; times < 2; times++) await insertSession(user.id)
  return { ...user, phone: user.phoneNumber, sessions: () => countLiveSessions(db, user.id) }
}

/** A citizen whose number somebody has changed. */
async function robbed(t: Test) {
  const built = await build(t, { DEBUG: 'true' })
  const { phone, access } = await signUp(built)
  const next = randomPhone()
  await built.changePhone(access, next, '1111')
  return { built, phone, access, next, id: String(claimsOf(access).sub) }
}

async function eventsOf(userId: string) {
  const events = await db.select().from(auditEvents).where(eq(auditEvents.userId, userId))
  return events.map(({ event }) => event).sort()
}

t.test('`citizen show` prints the same as `user show`', async (t) => {
  const { phone } = await citizen()
  t.strictSame(await succeed(['citizen', 'show', phone]), await succeed(['user', 'show', phone]))
})

t.test('a disabled citizen is signed out at once, and can sign in again once enabled', async (t) => {
  const built = await build(t, { DEBUG: 'true' })
  const { phone, access, refresh } = await signUp(built)
  t.strictSame(await succeed(['citizen', 'disable', phone.slice(4)]), [
    [maskPhone(phone), 'disabled', 'sessions ended: 1']
  ])
  t.match((await built.me(access)).json(), { code: 'SESSION_ENDED' })
  t.match((await built.refresh(refresh)).json(), { code: 'SESSION_ENDED' })
  t.match((await built.verifyOtp(phone, '1111')).json(), { statusCode: 403, code: 'ACCOUNT_DISABLED' })
  t.strictSame(await succeed(['citizen', 'enable', phone]), [
    [maskPhone(phone), 'active', 'sessions ended: 0']
  ])
  t.equal((await built.verifyOtp(phone, '1111')).statusCode, 200)
  t.match((await built.me(access)).json(), { code: 'SESSION_ENDED' }, 'the ended session stays ended')
  t.strictSame(await eventsOf(claimsOf(access).sub), ['user_disabled', 'user_enabled'])
})

t.test('a citizen is signed out everywhere but stays active', async (t) => {
  const { id, phone, sessions } = await citizen()
  t.strictSame(await succeed(['citizen', 'end-sessions', phone]), [
    [maskPhone(phone), 'signed out', 'sessions ended: 2']
  ])
  t.equal(await sessions(), 0)
  t.equal((await findUserByPhone(db, phone))?.isActive, true)
  t.strictSame(await eventsOf(id), ['sessions_ended'])
})

t.test('a number taken by a change can be given back, which signs the thief out', async (t) => {
  const { built, phone, access, next, id } = await robbed(t)
  t.strictSame(await succeed(['citizen', 'restore-number', phone]), [
    [maskPhone(phone), 'number restored', 'sessions ended: 1']
  ])
  t.match((await built.me(access)).json(), { code: 'SESSION_ENDED' })
  const again = (await built.verifyOtp(phone, '1111')).json()
  t.match(again, { is_new_user: false })
  t.equal(claimsOf(again.access).sub, id)
  t.match((await built.verifyOtp(next, '1111')).json(), { is_new_user: true }, 'the other number is free')
  t.strictSame(await eventsOf(id), ['phone_changed', 'phone_restored'])
  t.match(await run(['citizen', 'restore-number', phone]), { code: 1, stderr: /No change took the number/ })
})

t.test('a number is not given back while another account has it', async (t) => {
  const { built, phone, next, id } = await robbed(t)
  const owner = (await built.verifyOtp(phone, '1111')).json()
  const refused = await run(['citizen', 'restore-number', phone])
  t.match(refused, {
    code: 1,
    stdout: '',
    stderr: /has another account now\. .* can delete that one in the app; then run this again\.\n$/
  })
  t.equal((await findUserByPhone(db, next))?.id, id)
  t.equal((await built.me(owner.access)).statusCode, 200)
  await built.deleteMe(owner.access)
  await succeed(['citizen', 'restore-number', phone])
  t.equal((await findUserByPhone(db, phone))?.id, id)
})

t.test('an operator chooses which of several former accounts gets a number back', async (t) => {
  const one = await robbed(t)
  const { access } = (await one.built.verifyOtp(one.phone, '1111')).json()
  await one.built.changePhone(access, randomPhone(), '1111')
  const other = String(claimsOf(access).sub)
  const { code, stderr } = await run(['citizen', 'restore-number', one.phone])
  t.equal(code, 1)
  t.match(stderr, /^manage: Several accounts had the number; name one with --user: /)
  t.ok(stderr.indexOf(one.id) < stderr.indexOf(other) && stderr.includes(one.id))
  t.match(await run(['citizen', 'restore-number', one.phone, '--user', randomUUID()]), {
    code: 1,
    stderr: /^manage: No change took the number \S+ from an account of this id in the last 30 days\.\n$/
  })
  await succeed(['citizen', 'restore-number', one.phone, '--user', other])
  t.equal((await findUserByPhone(db, one.phone))?.id, other)
})

t.test('unknown and invalid numbers are refused and change nothing', async (t) => {
  for (const command of ['show', 'disable', 'enable', 'end-sessions', 'restore-number']) {
    const phone = randomPhone()
    t.match(await run(['citizen', command, phone]), { code: 1, stdout: '', stderr: new RegExp(`\\${phone}`) })
    t.match(await run(['citizen', command, '12']), {
      code: 1,
      stderr: /^manage: This is not a mobile number/
    })
    t.match(await run(['citizen', command]), { code: 2, stderr: /^error: missing required argument/ })
    t.match(await run(['citizen', command, '--help']), { code: 0, stdout: /^Usage: manage citizen / })
    t.equal(await db.$count(users, eq(users.phoneNumber, phone)), 0)
  }
})

t.test('staff cannot be disabled or enabled as citizens', async (t) => {
  const { phone } = await createStaff()
  for (const command of ['disable', 'enable']) {
    t.match(await run(['citizen', command, phone]), {
      code: 1,
      stderr: `manage: ${phone} is staff; use "staff ${command}".\n`
    })
  }
  t.equal((await findUserByPhone(db, phone))?.isActive, true)
})

t.test('commands print no full number', async (t) => {
  const { phoneNumber } = await insertUser()
  for (const command of ['disable', 'enable', 'end-sessions']) {
    const { stdout } = await run(['citizen', command, phoneNumber])
    t.notMatch(stdout, phoneNumber.slice(4))
  }
})

t.test('the help says that devices stay known when a citizen is signed out', async (t) => {
  for (const command of ['disable', 'end-sessions'])
    t.match((await run(['citizen', command, '--help'])).stdout, /Devices .* stay known/)
})
