import { deleteOverSessions } from '../../../src/db/sessions.ts'
import { quantile } from '../figures.ts'
import type { Contestant } from './contestant.ts'

/** The default of `SESSION_SWEEP_BATCH`. */
const LIMIT = 500
/** How many sessions are over at once, unless there are fewer users. */
const OVER = 100_000

/**
 * Makes many sessions be over, unknown to the statistics of the table, and deletes them batch by batch as the service does.
 * Returns the number of batches and the milliseconds of one: p50, p99, the longest, and the last, which finds few or none.
 */
export async function sweep({ users, db, sql }: Contestant): Promise<string> {
  const over = Math.min(OVER, users)
  await sql`analyze sessions`
  await sql`
    update sessions set absolute_expires_at = now() - interval '2 days' * (2 - n / ${over}::float)
    from generate_series(0, ${over - 1}::int) n where id = md5('session ' || n)::uuid`
  await sql`checkpoint`
  const batches: number[] = []
  for (let deleted = LIMIT; deleted === LIMIT; ) deleted = await batch()
  const [last = Number.NaN] = batches.slice(-1)
  const figures = [batches.length, quantile(batches), quantile(batches, 0.99), Math.max(...batches), last]
  return figures.map((figure) => figure.toFixed(1).padStart(11)).join('')

  async function batch(): Promise<number> {
    const started = performance.now()
    const deleted = await deleteOverSessions(db, { keepSeconds: 86_400, limit: LIMIT })
    batches.push(performance.now() - started)
    return deleted
  }
}
