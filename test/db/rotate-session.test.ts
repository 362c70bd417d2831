import { eq } from 'drizzle-orm'
import t from 'tap'
import { connect } from '../../src/db/client.ts'
import { rotateSession } from '../../src/db/rotate-session.ts'
import { type Session, sessions, users } from '../../src/db/schema.ts'
import { endSession } from '../../src/db/sessions.ts'
import { databaseUrl, db } from '../database.ts'
import { insertSession, insertUser } from '../rows.ts'

const SECOND = 1_000
const rowOf = async (id: string) => (await db.select().from(sessions).where(eq(sessions.id, id)))[0]

/** A session whose tokens have the digests d0, d1, d2 …; `present` presents the token of a generation. */
async function open(fields: Partial<Session> = {}) {
  const { id: userId } = await insertUser()
  const id = await insertSession(userId, { refreshDigest: 'd0', ...fields })
  const present = (generation: number, changes = {}, on = db) =>
    rotateSession(on, {
      ...{ id, userId, generation, digest: `d${generation}`, successorDigest: `d${generation + 1}` },
      ...{ graceSeconds: 20, idleSeconds: 1_800, notAfter: 'infinity', ...changes }
    })
  const longAgo = (ms: number) =>
    db
      .update(sessions)
      .set({ refreshedAt: new Date(Date.now() - ms) })
      .where(eq(sessions.id, id))
  const used = (ms: number) =>
    db
      .update(sessions)
      .set({ pairUsedAt: new Date(Date.now() - ms) })
      .where(eq(sessions.id, id))
  return { id, userId, present, longAgo, used }
}

t.test('the current token rotates the session: next generation, next digest, new idle period', async (t) => {
  const { present } = await open()
  const rotated = await present(0)
  t.match(rotated, { generation: 1, refreshDigest: 'd1', endedAt: null })
  t.equal(Number(rotated?.expiresAt) - Number(rotated?.refreshedAt), 1_800 * SECOND)
  t.match(await present(1), { generation: 2, refreshDigest: 'd2', endedAt: null })
})

t.test('a token that arrives after its deadline changes nothing and ends nothing', async (t) => {
  const { id, present } = await open()
  await present(0)
  await present(1)
  const before = await rowOf(id)
  const late = { notAfter: new Date(Date.now() - SECOND).toISOString() }
  for (const generation of [2, 0]) await t.rejects(present(generation, late), { name: 'StatementLate' })
  t.strictSame(await rowOf(id), before)
})

t.test('refreshing never moves the absolute end', async (t) => {
  const absoluteExpiresAt = new Date(Date.now() + 60 * SECOND)
  const { present } = await open({ absoluteExpiresAt, expiresAt: absoluteExpiresAt })
  for (const generation of [0, 1, 2]) {
    t.match(await present(generation), { absoluteExpiresAt, expiresAt: absoluteExpiresAt, endedAt: null })
  }
})

t.test('within the grace period a spent token changes nothing', async (t) => {
  const { present, used } = await open()
  await present(0)
  await used(18 * SECOND)
  const first = await present(0)
  for (let times = 0; times < 3; times++) t.strictSame(await present(0), first)
  t.match(await present(1), { generation: 2, endedAt: null, pairUsedAt: null }, 'its successor works')
})

t.test('a spent token gets its unused successor again, even a day later', async (t) => {
  const { present, longAgo } = await open()
  await present(0)
  await longAgo(86_400 * SECOND)
  const again = await present(0)
  t.match(again, { generation: 1, refreshDigest: 'd1', endedAt: null })
  t.ok(Date.now() - Number(again?.refreshedAt) < 10 * SECOND, 'its access token is fresh')
  t.strictSame(await present(0), again)
  t.match(await present(1), { generation: 2, endedAt: null })
})

for (const [what, generations, ago] of [
  ['the parent after the grace', [0, 0], 21],
  ['the grandparent within the grace', [0, 1, 0], 0],
  ['a token that was never issued', [5], 0],
  ['a token of the past, long after', [0, 1, 2, 0], 3_600]
] as const) {
  t.test(`${what} ends the session`, async (t) => {
    const { id, present, used } = await open()
    for (const generation of generations.slice(0, -1)) t.match(await present(generation), { endedAt: null })
    await used(ago * SECOND)
    t.type((await present(generations.at(-1) ?? 0))?.endedAt, Date, 'this token ended it')
    t.type((await rowOf(id))?.endedAt, Date)
    t.equal(await present(generations.length - 1), undefined, 'it can no longer be refreshed')
  })
}

t.test('a token of the right generation with a wrong digest ends the session', async (t) => {
  for (const forged of [{ digest: 'x' }, { digest: 'x', successorDigest: 'd0' }]) {
    const { present } = await open()
    t.type((await present(0, forged))?.endedAt, Date)
  }
  const { present } = await open()
  await present(0)
  t.type((await present(0, { successorDigest: 'x' }))?.endedAt, Date, 'a parent has the successor to show')
})

t.test('a session that is over stays over', async (t) => {
  const past = { expiresAt: new Date(Date.now() - 1) }
  t.equal(await (await open(past)).present(0), undefined, 'unused for too long')
  t.equal(await (await open({ endedAt: new Date() })).present(0), undefined, 'ended')
  const { userId, present } = await open()
  t.equal(await present(0, { userId: (await insertUser()).id }), undefined, 'of another user')
  await db.update(users).set({ isActive: false }).where(eq(users.id, userId))
  t.equal(await present(0), undefined, 'disabled')
})

t.test('a session without a refresh token cannot be refreshed', async (t) => {
  const { present } = await open({ refreshDigest: null })
  t.type((await present(0))?.endedAt, Date)
})

t.test('100 parallel rotations on ten connections rotate once and all return the same', async (t) => {
  const pool = connect({ url: databaseUrl, poolMax: 10, timeoutMs: 5_000 })
  t.teardown(pool.close)
  const { present } = await open()
  const rotated = await Promise.all(Array.from({ length: 100 }, () => present(0, {}, pool.db)))
  t.match(rotated[0], { generation: 1, refreshDigest: 'd1', endedAt: null })
  for (const one of rotated) t.strictSame(one, rotated[0])
})

t.test('ending a session wins over racing refreshes', async (t) => {
  for (let round = 0; round < 20; round++) {
    const { id, userId, present } = await open()
    await Promise.all([present(0), endSession(db, { id, userId, notAfter: 'infinity' }), present(0)])
    t.type((await rowOf(id))?.endedAt, Date)
    t.equal(await present(1), undefined)
  }
})
