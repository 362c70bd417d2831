import { randomUUID } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import t from 'tap'
import { insertDepartment } from '../../src/db/departments.ts'
import { type Role, sessions } from '../../src/db/schema.ts'
import { countLiveSessions, endSessions, findSession, insertSession } from '../../src/db/sessions.ts'
import { insertStaff } from '../../src/db/staff.ts'
import { findOrCreateUser } from '../../src/db/users.ts'
import { db } from '../database.ts'
import { randomPhone } from '../helper.ts'

const HOUR = 3_600_000
const signUp = async () => (await findOrCreateUser(db, randomPhone())).user

/** Opens a session that ends so many milliseconds from now. */
async function open(userId: string, { role = 'citizen' as Role, endsIn = HOUR } = {}) {
  const now = Date.now()
  return insertSession(db, { userId, role, createdAt: new Date(now), expiresAt: new Date(now + endsIn) })
}

t.test('a session is found by its id, with the citizen it belongs to and no department', async (t) => {
  const user = await signUp()
  const times = {
    createdAt: new Date('2031-05-06T07:08:09.123Z'),
    expiresAt: new Date('2031-06-06T07:08:09Z')
  }
  const id = await insertSession(db, { userId: user.id, role: 'citizen', ...times })
  t.strictSame(await findSession(db, id), {
    session: { id, userId: user.id, role: 'citizen', ...times, endedAt: null },
    user,
    department: null
  })
})

t.test('a session of a staff member comes with their department', async (t) => {
  const user = await signUp()
  const name = `Department ${randomUUID()}`
  const departmentId = (await insertDepartment(db, name))?.id ?? ''
  await insertStaff(db, { phone: user.phoneNumber, departmentId, fullName: 'Olim', passwordHash: 'hash' })

  const id = await open(user.id, { role: 'staff' })
  const found = await findSession(db, id)
  t.match(found, { session: { id, role: 'staff' }, user: { id: user.id, fullName: 'Olim' } })
  t.strictSame(found?.department, { id: departmentId, name })
})

t.test('an id that nobody was given belongs to no session', async (t) => {
  t.equal(await findSession(db, randomUUID()), undefined)
})

t.test('a session cannot be opened for somebody who does not exist', async (t) => {
  await t.rejects(open(randomUUID()), { cause: { code: '23503' } })
})

t.test('a session that the database did not store is an error, not a session without an id', async (t) => {
  const { id } = await signUp()
  await db.execute(sql`create function refuse() returns trigger language plpgsql as 'begin return null; end'`)
  await db.execute(
    sql.raw(`create trigger refuse before insert on sessions for each row
      when (new.user_id = '${id}') execute function refuse()`)
  )
  await t.rejects(open(id), { message: 'insert into sessions returned no row' })
})

t.test('only sessions that have neither ended nor expired count as live', async (t) => {
  const { id } = await signUp()
  t.equal(await countLiveSessions(db, id), 0)
  await open(id)
  await open(id, { role: 'staff' })
  await open(id, { endsIn: -1 })
  t.equal(await countLiveSessions(db, id), 2)
})

t.test('ending the sessions of a user ends every one of theirs and none of anybody else', async (t) => {
  const [user, other] = [await signUp(), await signUp()]
  const ids = [await open(user.id), await open(user.id, { role: 'staff' })]
  const otherId = await open(other.id)

  await endSessions(db, user.id)
  for (const id of ids) t.type((await findSession(db, id))?.session.endedAt, Date)
  t.equal((await findSession(db, otherId))?.session.endedAt, null)
  t.equal(await countLiveSessions(db, user.id), 0)
  t.equal(await countLiveSessions(db, other.id), 1)
})

t.test('a session that has ended keeps the time of its end', async (t) => {
  const { id: userId } = await signUp()
  const id = await open(userId)
  const endedAt = new Date('2030-01-02T03:04:05Z')
  await db.update(sessions).set({ endedAt }).where(eq(sessions.id, id))
  await endSessions(db, userId)
  t.strictSame((await findSession(db, id))?.session.endedAt, endedAt)
})
