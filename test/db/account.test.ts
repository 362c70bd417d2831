import { eq } from 'drizzle-orm'
import t, { type Test } from 'tap'
import { changePhone, deleteUser } from '../../src/db/account.ts'
import { connect } from '../../src/db/client.ts'
import { auditEvents, departments, sessions, staffProfiles, users } from '../../src/db/schema.ts'
import { countLiveSessions, endSession, listSessions } from '../../src/db/sessions.ts'
import { databaseUrl, db } from '../database.ts'
import { randomPhone } from '../helper.ts'
import { findUserByPhone, insertSession, insertUser } from '../rows.ts'

/** A user with a session, who can ask for changes. */
async function asker() {
  const user = await insertUser()
  return { user, asking: { userId: user.id, sessionId: await insertSession(user.id), notAfter: 'infinity' } }
}
function manyConnections(t: Test) {
  const pool = connect({ url: databaseUrl, poolMax: 10, timeoutMs: 5_000 })
  t.teardown(pool.close)
  return pool.db
}
const deletions = () => db.$count(auditEvents, eq(auditEvents.event, 'user_deleted'))

t.test('a change of number keeps the account and one session, and writes an audit line', async (t) => {
  const { user, asking } = await asker()
  await insertSession(user.id)
  const phone = randomPhone()
  t.match(await changePhone(db, { ...asking, phone }), {
    user: { id: user.id, phoneNumber: phone },
    oldPhone: user.phoneNumber
  })
  t.equal(await findUserByPhone(db, user.phoneNumber), undefined)
  t.match(await listSessions(db, user.id), [{ id: asking.sessionId }])
  t.match(await db.select().from(auditEvents).where(eq(auditEvents.userId, user.id)), [
    { event: 'phone_changed' }
  ])
})

t.test('a change to a taken number does nothing', async (t) => {
  const [{ user, asking }, owner] = [await asker(), await insertUser()]
  await insertSession(user.id)
  t.equal(await changePhone(db, { ...asking, phone: owner.phoneNumber }), 'taken')
  t.equal((await findUserByPhone(db, owner.phoneNumber))?.id, owner.id)
  t.equal((await listSessions(db, user.id)).length, 2)
  t.equal(await db.$count(auditEvents, eq(auditEvents.userId, user.id)), 0)
})

t.test('a change to the number that the account already has succeeds and changes nothing', async (t) => {
  const { user, asking } = await asker()
  await insertSession(user.id)
  const { id, phoneNumber: phone } = user
  t.match(await changePhone(db, { ...asking, phone }), { user: { id, phoneNumber: phone }, oldPhone: phone })
  t.equal((await listSessions(db, user.id)).length, 2)
  t.equal(await db.$count(auditEvents, eq(auditEvents.userId, user.id)), 0)
})

t.test('of many users racing for a number exactly one gets it', async (t) => {
  const pool = manyConnections(t)
  const phone = randomPhone()
  const people = await Promise.all(Array.from({ length: 10 }, asker))
  const verdicts = await Promise.all(people.map(({ asking }) => changePhone(pool, { ...asking, phone })))
  t.equal(verdicts.filter((verdict) => verdict === 'taken').length, 9)
  t.match(
    verdicts.filter((verdict) => verdict !== 'taken'),
    [{ user: { phoneNumber: phone } }]
  )
})

t.test('a change that races with a first sign-in either gets the number or is refused', async (t) => {
  const pool = manyConnections(t)
  for (let round = 0; round < 10; round++) {
    const [{ user, asking }, phone] = [await asker(), randomPhone()]
    const [verdict, born] = await Promise.all([
      changePhone(pool, { ...asking, phone }),
      insertUser(phone, pool).catch(() => undefined)
    ])
    t.equal((await findUserByPhone(db, phone))?.id, verdict === 'taken' ? born?.id : user.id)
  }
})

t.test('two users who swap numbers at once are refused, not deadlocked', async (t) => {
  const pool = manyConnections(t)
  for (let round = 0; round < 30; round++) {
    const [one, other] = [await asker(), await asker()]
    const verdicts = await Promise.all([
      changePhone(pool, { ...one.asking, phone: other.user.phoneNumber }),
      changePhone(pool, { ...other.asking, phone: one.user.phoneNumber })
    ])
    t.strictSame(verdicts, ['taken', 'taken'])
  }
})

t.test('of two sessions changing the number at once one succeeds and stays signed in', async (t) => {
  const pool = manyConnections(t)
  for (let round = 0; round < 10; round++) {
    const { user, asking } = await asker()
    const askers = [asking, { ...asking, sessionId: await insertSession(user.id) }]
    const verdicts = await Promise.all(
      askers.map((who) => changePhone(pool, { ...who, phone: randomPhone() }))
    )
    const winner = verdicts.findIndex((verdict) => verdict !== undefined)
    t.equal(verdicts[1 - winner], undefined)
    t.match(await listSessions(db, user.id), [{ id: askers[winner]?.sessionId ?? '' }])
  }
})

t.test('an ended session or a disabled account can neither change nor delete anything', async (t) => {
  const [out, off] = [await asker(), await asker()]
  await endSession(db, { ...out.asking, id: out.asking.sessionId })
  await db.update(users).set({ isActive: false }).where(eq(users.id, off.user.id))
  for (const { user, asking } of [out, off]) {
    t.equal(await changePhone(db, { ...asking, phone: randomPhone() }), undefined)
    t.equal(await deleteUser(db, asking), undefined)
    t.ok(await findUserByPhone(db, user.phoneNumber))
  }
})

t.test('a session opened by SMS can neither move nor delete an account that just became staff', async (t) => {
  const { user, asking } = await asker()
  const [department] = await db.insert(departments).values({ name: randomPhone() }).returning()
  await db.insert(staffProfiles).values({ userId: user.id, departmentId: department?.id ?? '' })
  t.equal(await changePhone(db, { ...asking, phone: randomPhone() }), 'staff')
  t.equal(await deleteUser(db, asking), 'staff')
  t.ok(await findUserByPhone(db, user.phoneNumber))
})

t.test('a change that breaks another constraint is an error', async (t) => {
  const { asking } = await asker()
  const change = changePhone(db, { ...asking, phone: 'no number' })
  await t.rejects(change, { cause: { constraint_name: 'users_phone_number_e164' } })
})

t.test('a deleted user leaves one audit line that names nobody', async (t) => {
  const { user, asking } = await asker()
  await changePhone(db, { ...asking, phone: randomPhone() })
  const before = await deletions()
  const verdicts = await Promise.all([deleteUser(db, asking), deleteUser(db, asking)])
  t.strictSame(new Set(verdicts), new Set(['deleted', undefined]))
  t.equal(await deletions(), before + 1)
  for (const event of await db.select().from(auditEvents)) {
    if (event.event === 'user_deleted') t.equal(event.userId, null)
  }
  t.equal(await db.$count(users, eq(users.id, user.id)), 0)
  t.equal(await db.$count(sessions, eq(sessions.userId, user.id)), 0)
  t.equal(await db.$count(auditEvents, eq(auditEvents.userId, user.id)), 0, 'there is no other line')
  t.equal(await countLiveSessions(db, user.id), 0)
})
