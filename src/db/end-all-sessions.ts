import { and, asc, gt, inArray, lt, sql } from 'drizzle-orm'
import type { Db } from './client.ts'
import { sessions } from './schema.ts'
import { isLive } from './sessions.ts'

/** Sorts before every id. */
const FIRST = '00000000-0000-0000-0000-000000000000'

/**
 * Ends everybody's sessions that began before a moment (ISO 8601), `limit` in each statement so that none hits its time limit;
 * the service may keep running. `left` is how many were being changed by someone else at that moment.
 */
export async function endAllSessions(
  db: Db,
  { before, limit }: { before: string; limit: number }
): Promise<{ ended: number; left: number }> {
  const isMeant = and(isLive, lt(sessions.createdAt, sql`${before}::timestamptz`))
  let [ended, last] = [0, FIRST]
  for (;;) {
    // In id order, so that no statement rereads what earlier ones have ended.
    const batch = await db
      .select({ id: sessions.id })
      .from(sessions)
      .where(and(isMeant, gt(sessions.id, last)))
      .orderBy(asc(sessions.id))
      .limit(limit)
    if (batch.length === 0) break
    const ids = batch.map(({ id }) => id)
    // Skips locked rows: waiting for one row while holding others could deadlock.
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
