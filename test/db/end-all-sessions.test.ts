import { eq } from 'drizzle-orm'
import t from 'tap'
import { endAllSessions } from '../../src/db/end-all-sessions.ts'
import { sessions } from '../../src/db/schema.ts'
import { countLiveSessions } from '../../src/db/sessions.ts'
import { db } from '../database.ts'
import { insertSession, insertUser } from '../rows.ts'

t.test('all sessions end, in batches, and those already ended keep their end time', async (t) => {
  const { id } = await insertUser()
  for (let count = 0; count < 5; count++) await insertSession(id)
  const endedAt = new Date('2026-01-01T00:00:00Z')
  const over = await insertSession(id, { endedAt })
  const before = new Date(Date.now() + 1_000).toISOString()
  t.strictSame(await endAllSessions(db, { before, limit: 2 }), { ended: 5, left: 0 })
  t.equal(await countLiveSessions(db, id), 0)
  t.strictSame((await db.select().from(sessions).where(eq(sessions.id, over)))[0]?.endedAt, endedAt)
})
