import { and, asc, gt, inArray, lt, sql } from 'drizzle-orm'
import type { Db } from './client.ts'
import { sessions } from './schema.ts'
import { isLive } from './sessions.ts'

/** Comes before every id. */
const FIRST = '00000000-0000-0000-0000-000000000000'

/**
 * Ends the sessions of everybody that began before a moment (ISO 8601), so many in one statement that none meets its time
 * limit: the service may run meanwhile. `left` is how many somebody else was changing just then.
 */
export async function endAllSessions(
  db: Db,
  { before, limit }: { before: string; limit: number }
): Promise<{ ended: number; left: number }> {
  const isMeant = and(isLive, lt(sessions.createdAt, sql`${before}::timestamptz`))
  let [ended, last] = [0, FIRST]
  for (;;) {
    // By id: no statement reads again what those before it have ended.
    const batch = await db
      .select({ id: sessions.id })
      .from(sessions)
      .where(and(isMeant, gt(sessions.id, last)))
      .orderBy(asc(sessions.id))
      .limit(limit)
    if (batch.length === 0) break
    const ids = batch.map(({ id }) => id)
    // Not those that are locked: who waits for one while holding others can block somebody for ever.
    const free = db
      .select({ id: sessions.id })
      .from(sessions)
      .where(inArray(sessions.id, ids))
      .for('no key update', { skipLocked: true })
    const done = await db
      .update(sessions)
      .set({ endedAt: sql`now()` })
      .where(and(inArray(sessions.id, free), isMeant))
      .returning({ id: sessions.id })
    ended += done.length
    last = ids.at(-1) ?? last
  }
  return { ended, left: await db.$count(sessions, isMeant) }
}
