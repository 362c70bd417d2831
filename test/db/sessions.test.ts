import { randomUUID } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import t from 'tap'
import { updateAccess } from '../../src/db/account.ts'
import { connect } from '../../src/db/client.ts'
import { noDeadline } from '../../src/db/deadline.ts'
import { insertDepartment } from '../../src/db/departments.ts'
import { type Session, sessions, users } from '../../src/db/schema.ts'
import {
  countLiveSessions,
  deleteOverSessions,
  endSession,
  endSessions,
  findSession,
  listSessions
} from '../../src/db/sessions.ts'
import { insertStaff } from '../../src/db/staff.ts'
import { databaseUrl, db, isEmbedded } from '../database.ts'
import { insertSession, insertUser } from '../rows.ts'

const rowOf = async (id: string): Promise<Session | undefined> =>
  (await db.select().from(sessions).where(eq(sessions.id, id)))[0]

async function staffMember() {
  const user = await insertUser()
  const name = `Department ${randomUUID()}`
  const departmentId = (await insertDepartment(db, name))?.id ?? ''
  await insertStaff(db, { phone: user.phoneNumber, departmentId, fullName: 'Olim', passwordHash: 'hash' })
  return { user, department: { id: departmentId, name } }
}

t.test('a session is found by its id, with its citizen and no department', async (t) => {
  const user = await insertUser()
  const id = await insertSession(user.id)
  const { phoneNumber, createdAt } = user
  t.strictSame(await findSession(db, { id, userId: user.id }), {
    session: { id, role: 'citizen', generation: 0, unusedDigest: null },
    user: { id: user.id, phoneNumber, fullName: null, neighborhood: null, location: null, createdAt },
    department: null,
    ageSeconds: 0
  })
})

t.test('a session of a staff member comes with the department', async (t) => {
  const { user, department } = await staffMember()
  const id = await insertSession(user.id, { role: 'staff' })
  const found = await findSession(db, { id, userId: user.id })
  t.match(found, { session: { id, role: 'staff' }, user: { id: user.id, fullName: 'Olim' } })
  t.strictSame(found?.department, department)
})

t.test('a session shows the digest of its newest pair only while that pair is unused', async (t) => {
  const { id: userId } = await insertUser()
  for (const [fields, unusedDigest] of [
    [{ refreshDigest: 'first' }, null],
    [{ refreshDigest: 'second', generation: 1 }, 'second'],
    [{ refreshDigest: 'second', generation: 1, pairUsedAt: new Date() }, null]
  ] as const) {
    const id = await insertSession(userId, fields)
    t.match(await findSession(db, { id, userId }), { session: { unusedDigest } })
  }
})

t.test('a session that is over, or of another user, is not found', async (t) => {
  const { id: userId } = await insertUser()
  t.equal(await findSession(db, { id: randomUUID(), userId }), undefined, 'nobody has this id')
  for (const over of [{ endsIn: -1 }, { endedAt: new Date() }]) {
    t.equal(await findSession(db, { id: await insertSession(userId, over), userId }), undefined)
  }
  const id = await insertSession(userId)
  t.equal(await findSession(db, { id, userId: randomUUID() }), undefined, 'it is another user’s')
})

t.test('a disabled user and a former staff member have no session', async (t) => {
  const { user } = await staffMember()
  const asStaff = { id: await insertSession(user.id, { role: 'staff' }), userId: user.id }
  await db.execute(sql`delete from staff_profiles where user_id = ${user.id}`)
  t.equal(await findSession(db, asStaff), undefined)

  const asCitizen = { id: await insertSession(user.id), userId: user.id }
  t.ok(await findSession(db, asCitizen))
  await db.update(users).set({ isActive: false }).where(eq(users.id, user.id))
  t.equal(await findSession(db, asCitizen), undefined)
})

t.test('only live sessions are counted and listed, the last used first', async (t) => {
  const { id } = await insertUser()
  t.strictSame(await listSessions(db, id), [])
  const older = await insertSession(id, { refreshedAt: new Date('2030-01-01') })
  const newer = await insertSession(id, { role: 'staff', refreshedAt: new Date('2030-01-02') })
  await insertSession(id, { endsIn: -1 })
  await insertSession(id, { endedAt: new Date() })
  t.equal(await countLiveSessions(db, id), 2)
  t.strictSame(
    (await listSessions(db, id)).map((session) => session.id),
    [newer, older]
  )
})

t.test('a session can be ended repeatedly and keeps the time of its first end', async (t) => {
  const { id: userId } = await insertUser()
  const id = await insertSession(userId)
  t.equal(await endSession(db, { id, userId, ...noDeadline }), true)
  const { endedAt } = (await rowOf(id)) ?? {}
  t.type(endedAt, Date)
  t.equal(await endSession(db, { id, userId, ...noDeadline }), true)
  await endSessions(db, userId)
  t.strictSame((await rowOf(id))?.endedAt, endedAt)
})

t.test('nobody can end the session of another', async (t) => {
  const id = await insertSession((await insertUser()).id)
  t.equal(await endSession(db, { id, userId: (await insertUser()).id, ...noDeadline }), false)
  t.equal((await rowOf(id))?.endedAt, null)
})

t.test('ending the sessions of a user ends all of theirs and nobody else’s', async (t) => {
  const [user, other] = [await insertUser(), await insertUser()]
  const kept = await insertSession(user.id)
  await insertSession(user.id, { role: 'staff' })
  await insertSession(other.id)

  await endSessions(db, user.id, { except: kept })
  t.strictSame(
    (await listSessions(db, user.id)).map(({ id }) => id),
    [kept],
    'all but one'
  )
  await endSessions(db, user.id)
  t.equal(await countLiveSessions(db, user.id), 0)
  t.equal(await countLiveSessions(db, other.id), 1)
})

t.test('a new staff password ends their sessions', async (t) => {
  const { user } = await staffMember()
  await insertSession(user.id, { role: 'staff' })
  await updateAccess(db, user.id, { passwordHash: 'another' })
  t.equal(await countLiveSessions(db, user.id), 0)
})

t.test('sessions over for a day are deleted in batches, and all others are kept', async (t) => {
  const { id: userId } = await insertUser()
  const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000)
  const kept = [
    await insertSession(userId),
    await insertSession(userId, { endedAt: ago(23) }),
    await insertSession(userId, { endsIn: -23 * 3_600_000 }),
    await insertSession(userId, { expiresAt: ago(48) })
  ]
  for (let i = 0; i < 3; i++) await insertSession(userId, { endsIn: -25 * 3_600_000 })
  for (let i = 0; i < 2; i++) await insertSession(userId, { endedAt: ago(25) })

  const deleted = []
  do deleted.push(await deleteOverSessions(db, { keepSeconds: 86_400, limit: 2 }))
  while (deleted.at(-1) === 2)
  t.strictSame(deleted, [2, 2, 1])
  const rows = await db.select({ id: sessions.id }).from(sessions).where(eq(sessions.userId, userId))
  t.strictSame(new Set(rows.map(({ id }) => id)), new Set(kept))
})

if (!isEmbedded) {
  t.test('a sweep skips locked sessions', async (t) => {
    const { id: userId } = await insertUser()
    const locked = await insertSession(userId, { endsIn: -1_000 })
    await insertSession(userId, { endsIn: -1_000 })
    await db.transaction(async (tx) => {
      await tx.select().from(sessions).where(eq(sessions.id, locked)).for('update')
      await deleteOverSessions(db, { keepSeconds: 0, limit: 100 })
    })
    const rows = await db.select({ id: sessions.id }).from(sessions).where(eq(sessions.userId, userId))
    t.strictSame(rows, [{ id: locked }])
  })
}

t.test('ending all sessions while others are refreshed does not deadlock', async (t) => {
  const pool = connect({ url: databaseUrl, poolMax: 10, timeoutMs: 5_000 })
  t.teardown(pool.close)
  const { id: userId } = await insertUser()
  for (let round = 0; round < 30; round++) {
    const ids = await Promise.all(Array.from({ length: 6 }, () => insertSession(userId)))
    const touch = (id: string) =>
      pool.db.update(sessions).set({ refreshedAt: new Date() }).where(eq(sessions.id, id))
    await Promise.all([
      ...ids.map(touch),
      ...[1, 2, 3].map(() => endSessions(pool.db, userId)),
      ...ids.map(touch)
    ])
    t.equal(await countLiveSessions(db, userId), 0)
  }
})

t.test('a statement that arrives after its deadline ends no sessions', async (t) => {
  const { id } = await insertUser()
  const session = await insertSession(id)
  const late = { notAfter: new Date(Date.now() - 1_000).toISOString() }
  await t.rejects(endSessions(db, id, late), { name: 'StatementLate' })
  await t.rejects(endSession(db, { id: session, userId: id, ...late }), { name: 'StatementLate' })
  t.equal((await listSessions(db, id)).length, 1)
  t.equal(await endSessions(db, id, { notAfter: new Date(Date.now() + 60_000).toISOString() }), 1)
})
