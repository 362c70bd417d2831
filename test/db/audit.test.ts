import { createHash } from 'node:crypto'
import { eq, inArray } from 'drizzle-orm'
import t from 'tap'
import { insertAuditEvent, preparePseudonyms } from '../../src/db/audit.ts'
import { auditEvents, auditKeys, users } from '../../src/db/schema.ts'
import { db } from '../database.ts'
import { insertUser } from '../rows.ts'

const linesOf = (ids: string[]) => db.select().from(auditEvents).where(inArray(auditEvents.userId, ids))

t.test('all lines of a user share one pseudonym, and no other user has it', async (t) => {
  const [one, other] = [await insertUser(), await insertUser()]
  for (const id of [one.id, one.id, other.id]) await insertAuditEvent(db, 'sessions_ended', id)
  const lines = await linesOf([one.id, other.id])
  t.equal(lines.length, 3)
  const pairs = new Set(lines.map(({ userId, pseudonym }) => `${userId} ${pseudonym}`))
  t.equal(pairs.size, 2)
  t.equal(new Set(lines.map(({ pseudonym }) => pseudonym)).size, 2)
})

t.test('a pseudonym depends on the id and on a key, which stays the same', async (t) => {
  const { id } = await insertUser()
  const [before] = await db.select().from(auditKeys)
  await preparePseudonyms(db)
  t.strictSame(await db.select().from(auditKeys), [before])
  await insertAuditEvent(db, 'sessions_ended', id)
  const [line] = await linesOf([id])
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
  t.equal(line?.pseudonym, sha256(`${before?.key}:${id}`))
  t.not(line?.pseudonym, sha256(id))
})

t.test('a line outlives the account, with only its pseudonym', async (t) => {
  const { id } = await insertUser()
  await insertAuditEvent(db, 'sessions_ended', id)
  const [line] = await linesOf([id])
  await db.delete(users).where(eq(users.id, id))
  const kept = await db
    .select()
    .from(auditEvents)
    .where(eq(auditEvents.id, line?.id ?? ''))
  t.strictSame(kept, [{ ...line, userId: null }])
})

t.test('no line is written about a deleted user; a line may be about nobody', async (t) => {
  const { id } = await insertUser()
  await db.delete(users).where(eq(users.id, id))
  const before = await db.$count(auditEvents)
  await insertAuditEvent(db, 'sessions_ended', id)
  t.equal(await db.$count(auditEvents), before)
  await insertAuditEvent(db, 'test_number_used')
  t.equal(await db.$count(auditEvents), before + 1)
})
