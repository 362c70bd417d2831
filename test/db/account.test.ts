import { eq, isNull } from 'drizzle-orm'
import t from 'tap'
import { changePhone, deleteUser } from '../../src/db/account.ts'
import { connect } from '../../src/db/client.ts'
import { auditEvents, sessions, users } from '../../src/db/schema.ts'
import { listSessions } from '../../src/db/sessions.ts'
import { findUserByPhone } from '../../src/db/users.ts'
import { databaseUrl, db } from '../database.ts'
import { randomPhone } from '../helper.ts'
import { insertSession, insertUser } from '../rows.ts'

const deletions = () => db.$count(auditEvents, eq(auditEvents.event, 'user_deleted'))

t.test('a change of number keeps the account and one session, and leaves an audit line', async (t) => {
  const user = await insertUser()
  const sessionId = await insertSession(user.id)
  await insertSession(user.id)
  const phone = randomPhone()
  t.match(await changePhone(db, { userId: user.id, sessionId, phone }), { id: user.id, phoneNumber: phone })
  t.equal(await findUserByPhone(db, user.phoneNumber), undefined)
  t.match(await listSessions(db, user.id), [{ id: sessionId }])
  t.match(await db.select().from(auditEvents).where(eq(auditEvents.userId, user.id)), [
    { event: 'phone_changed' }
  ])
})

t.test('a number that is taken changes nothing', async (t) => {
  const [user, owner] = [await insertUser(), await insertUser()]
  const sessionId = await insertSession(user.id)
  await insertSession(user.id)
  t.equal(await changePhone(db, { userId: user.id, sessionId, phone: owner.phoneNumber }), 'taken')
  t.equal((await findUserByPhone(db, owner.phoneNumber))?.id, owner.id)
  t.equal((await listSessions(db, user.id)).length, 2)
})

t.test('of many who race for one number exactly one gets it', async (t) => {
  const pool = connect({ url: databaseUrl, poolMax: 10, timeoutMs: 5_000 })
  t.teardown(pool.close)
  const phone = randomPhone()
  const people = await Promise.all(Array.from({ length: 10 }, () => insertUser()))
  const verdicts = await Promise.all(
    people.map(async ({ id }) =>
      changePhone(pool.db, { userId: id, sessionId: await insertSession(id), phone })
    )
  )
  const winners = verdicts.filter((verdict) => verdict !== 'taken')
  t.match(winners, [{ phoneNumber: phone }])
  t.equal(winners.length, 1)
})

t.test(
  'what the database refuses for another reason is an error, and the number of a gone user is nobody’s',
  async (t) => {
    const { id: userId } = await insertUser()
    const sessionId = await insertSession(userId)
    const change = changePhone(db, { userId, sessionId, phone: 'no number' })
    await t.rejects(change, { cause: { constraint_name: 'users_phone_number_e164' } })
    await deleteUser(db, userId)
    t.equal(await changePhone(db, { userId, sessionId, phone: randomPhone() }), undefined)
  }
)

t.test('a deleted user leaves one line that tells nothing about them', async (t) => {
  const { id, phoneNumber } = await insertUser()
  const sessionId = await insertSession(id)
  await changePhone(db, { userId: id, sessionId, phone: randomPhone() })
  const before = await deletions()
  await deleteUser(db, id)
  await deleteUser(db, id)
  t.equal(await deletions(), before + 1, 'once')
  t.equal(await db.$count(users, eq(users.id, id)), 0)
  t.equal(await db.$count(sessions, eq(sessions.userId, id)), 0)
  t.equal(await db.$count(auditEvents, eq(auditEvents.userId, id)), 0, 'older lines forget who it was')
  t.ok(await db.$count(auditEvents, isNull(auditEvents.userId)))
  t.equal(await findUserByPhone(db, phoneNumber), undefined)
})
