import type { PgDatabase } from 'drizzle-orm/pg-core'
import { drizzle, type PostgresJsQueryResultHKT } from 'drizzle-orm/postgres-js'
import pTimeout from 'p-timeout'
import postgres from 'postgres'
import type { Queue, TurnsOptions } from '../load/turns.ts'
import { isReadOnly } from '../outage.ts'
import { assertUsable } from './pooler.ts'
import { urlOfOne } from './primary.ts'
import * as schema from './schema.ts'
import { createSockets } from './sockets.ts'
import { createStatementQueue, runBy } from './statement-queue.ts'
import { retryUnsent } from './unsent.ts'

/** A connection or a transaction: every query function takes one as its first argument and cannot tell them apart. */
export type Db = PgDatabase<PostgresJsQueryResultHKT, typeof schema>

export interface DatabaseOptions {
  /** `postgres://…`, possibly with several hosts: the one that accepts writes is used. */
  url: string
  poolMax: number
  /** The server cancels a statement after this time (ms); a connection whose server is silent for twice as long is closed. */
  timeoutMs: number
  /** A statement that waits longer than this for a lock fails (ms); if unset, it may wait as long as a statement may take. */
  lockTimeoutMs?: number
  /** False prepares no statements, for a pooler in transaction mode. */
  prepare?: boolean
  /** Refuses a pooler in transaction mode, whatever `prepare` says. */
  needsSession?: boolean
  /** How many statements may wait for a connection, and how long; practically unbounded if unset. */
  queue?: Pick<TurnsOptions, 'max' | 'timeoutMs'>
  /** Replaces no connection because of its age; postgres.js otherwise does so at a random age of 30 to 60 minutes. */
  keepConnections?: boolean
}

/** For a command, which runs alone and needs no limit. */
const UNBOUNDED = { max: Number.POSITIVE_INFINITY, timeoutMs: 2 ** 31 - 1 }

/** How long statements that are under way may take to finish when the pool closes (ms). */
const LAST_STATEMENTS_MS = 5_000

/** Opens a pool lazily: nothing is sent until the first query. `close` waits up to five seconds for statements under way. */
export function connect(options: DatabaseOptions): {
  db: Db
  queue: Queue
  /** @throws PoolerInTheWay, or the driver's error when PostgreSQL is unreachable */
  prove: () => Promise<void>
  close: () => Promise<void>
} {
  const { poolMax, queue = UNBOUNDED, prepare = true, needsSession, lockTimeoutMs } = options
  const limits = ['statement_timeout', ...(lockTimeoutMs ? ['lock_timeout' as const] : [])] as const
  const sockets = createSockets(options.url, 2 * options.timeoutMs)
  const open = (max: number) => openClient(options, max, sockets.connect)
  const client = open(poolMax)
  const turns = createStatementQueue({ ...queue, places: poolMax })
  let isProven = false
  async function prove(): Promise<void> {
    await assertUsable(client, () => open(1), { prepare, needsSession, limits })
    isProven = true
  }
  let underWay = 0
  let drained = () => {}
  const pool = runBy(async (work) => {
    underWay += 1
    try {
      return await turns.run(() =>
        retryUnsent(async () => {
          if (!isProven) await prove()
          return work()
        })
      )
    } catch (error) {
      if (isReadOnly(error)) void sockets.renew()
      throw error
    } finally {
      underWay -= 1
      if (underWay === 0) drained()
    }
  }, client)
  async function close(): Promise<void> {
    const drain = new Promise<void>((resolve) => {
      drained = resolve
    })
    if (underWay > 0) await pTimeout(drain, { milliseconds: LAST_STATEMENTS_MS }).catch(() => {})
    // Closes at once: postgres.js would wait in vain for connections that were lost in the middle of a statement.
    await client.end({ timeout: 0 })
  }
  return { db: drizzle({ client: pool, schema }), queue: turns, prove, close }
}

function openClient(
  { url, timeoutMs, lockTimeoutMs = 0, prepare = true, keepConnections }: DatabaseOptions,
  max: number,
  socket: ReturnType<typeof createSockets>['connect']
): postgres.Sql {
  return postgres(urlOfOne(url), {
    ...{ max, prepare, socket },
    connect_timeout: Math.ceil(timeoutMs / 1000),
    backoff: () => 0.1,
    ...(keepConnections && { max_lifetime: null }),
    fetch_types: false,
    onnotice: () => {},
    connection: {
      application_name: 'citizen-auth',
      statement_timeout: timeoutMs,
      lock_timeout: lockTimeoutMs
    }
  } as postgres.Options<Record<string, never>>)
}
