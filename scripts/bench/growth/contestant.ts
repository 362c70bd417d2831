import postgres from 'postgres'
import { connect } from '../../../src/db/client.ts'
import { type Figures, quantile } from '../figures.ts'
import { interruption } from '../interruption.ts'
import { cpuOf } from '../usage.ts'
import { type QueryOf, queriesFor } from './calls.ts'

/** Concurrent callers, each on its own connection. */
const CALLERS = 4

export type Contestant = ReturnType<typeof enter>

/** A database with a given number of users, and the figures of its rounds. */
export function enter(url: string, users: number) {
  const { db, close } = connect({ url, poolMax: CALLERS, timeoutMs: 60_000 })
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  const queries = queriesFor(users)
  const rounds = new Map<string, Figures[]>()
  /** How often a query did not do what it should. */
  const refused = new Map<string, number>()
  return {
    users,
    url,
    db,
    sql,
    queries,
    rounds,
    refused,
    measure,
    close: () => Promise.all([close(), sql.end()])
  }

  /** Makes a query `times` times; the figures of a warm-up are not recorded. */
  async function measure(name: string, times: number, isWarmUp: boolean): Promise<void> {
    interruption.throwIfAborted()
    const query = queries[name]
    if (!query) throw new Error(`There is no query ${name}.`)
    const before = await usage()
    const started = performance.now()
    const latencies = await ask(name, query, times)
    const seconds = (performance.now() - started) / 1_000
    const after = await usage()
    if (isWarmUp) return
    const figures = {
      'p50 ms': quantile(latencies),
      'p99 ms': quantile(latencies, 0.99),
      'per second': times / seconds,
      'CPU ms': (after.cpu - before.cpu) / times,
      'WAL bytes': (after.wal - before.wal) / times
    }
    rounds.set(name, [...(rounds.get(name) ?? []), figures])
  }

  async function ask(name: string, query: QueryOf, times: number): Promise<number[]> {
    const latencies: number[] = []
    let left = times
    await Promise.all(
      Array.from({ length: CALLERS }, async () => {
        while (left-- > 0) {
          const asked = performance.now()
          if (!(await query(db))) refused.set(name, (refused.get(name) ?? 0) + 1)
          latencies.push(performance.now() - asked)
        }
      })
    )
    return latencies
  }

  /** CPU time that the callers' sessions have used (ms), and the end of the WAL (bytes). */
  async function usage(): Promise<{ cpu: number; wal: number }> {
    const sessions = await sql<{ pid: number }[]>`
      select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`
    const [log] = await sql`select (pg_current_wal_insert_lsn() - '0/0')::text as bytes`
    return {
      cpu: sessions.reduce((sum, { pid }) => sum + cpuOf(pid, 'postgres'), 0),
      wal: Number(log?.bytes)
    }
  }
}
