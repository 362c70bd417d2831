import { type NetConnectOpts, Socket } from 'node:net'
import type { PgDatabase } from 'drizzle-orm/pg-core'
import { drizzle, type PostgresJsQueryResultHKT } from 'drizzle-orm/postgres-js'
import pTimeout from 'p-timeout'
import postgres from 'postgres'
import { assertDirect } from './direct.ts'
import * as schema from './schema.ts'
import { DatabaseBusy, inTurns, type QueueOptions, type Runner, runBy } from './statement-queue.ts'

/** A connection or a transaction: every query function takes one first and cannot tell them apart. */
export type Db = PgDatabase<PostgresJsQueryResultHKT, typeof schema>

export interface DatabaseOptions {
  /** `postgres://…` */
  url: string
  poolMax: number
  /** The server gives a statement up after this time (ms); a server that stays silent twice as long is left. */
  timeoutMs: number
  /** How long statements may wait for a connection, and how many; without it, for ever. */
  queue?: Omit<QueueOptions, 'places'>
  /** Replaces none because of its age, which postgres.js does at a random one between 30 and 60 minutes. */
  keepConnections?: boolean
}

/** What the pool has to do. */
export interface PoolLoad {
  /** Connections at most. */
  max: number
  /** Statements and transactions that have one, and that wait for one. */
  used: number
  waiting: number
  /** Those that were never sent, for none became free. */
  refused: number
}

/** What is under way when the pool closes has this long to end (ms). */
const LAST_STATEMENTS_MS = 5_000

/** Opens a pool lazily: nothing is sent until the first query. `close` waits five seconds for those under way. */
export function connect({ url, poolMax, timeoutMs, queue, keepConnections }: DatabaseOptions): {
  db: Db
  /** @throws PoolerInTheWay, or what the driver says when PostgreSQL is away */
  prove: () => Promise<void>
  load: () => PoolLoad
  close: () => Promise<void>
} {
  const client = postgres(url, {
    max: poolMax,
    connect_timeout: Math.ceil(timeoutMs / 1000),
    backoff: () => 0.1,
    ...(keepConnections && { max_lifetime: null }),
    fetch_types: false,
    onnotice: () => {},
    connection: { application_name: 'citizen-auth', statement_timeout: timeoutMs },
    socket: socketThatGivesUp(2 * timeoutMs)
  } as postgres.Options<Record<string, never>>)
  const inTurn: Runner = queue ? inTurns({ ...queue, places: poolMax }) : async (work) => work()
  let isProven = false
  async function prove(): Promise<void> {
    await assertDirect(client)
    isProven = true
  }
  let underWay = 0
  let refused = 0
  let drained = () => {}
  const pool = runBy(async (work) => {
    underWay += 1
    try {
      return await inTurn(async () => {
        if (!isProven) await prove()
        return work()
      })
    } catch (error) {
      if (error instanceof DatabaseBusy) refused += 1
      throw error
    } finally {
      underWay -= 1
      if (underWay === 0) drained()
    }
  }, client)
  function load(): PoolLoad {
    const used = Math.min(underWay, poolMax)
    return { max: poolMax, used, waiting: underWay - used, refused }
  }
  async function close(): Promise<void> {
    const drain = new Promise<void>((resolve) => {
      drained = resolve
    })
    if (underWay > 0) await pTimeout(drain, { milliseconds: LAST_STATEMENTS_MS }).catch(() => {})
    // At once: postgres.js waits in vain for connections that were lost in the middle of a statement.
    await client.end({ timeout: 0 })
  }
  return { db: drizzle({ client: pool, schema }), prove, load, close }
}

/** postgres.js waits for ever on a server that went silent, and so would every request that needs the pool. */
function socketThatGivesUp(silenceMs: number) {
  return async ({ path, host, port }: { path: string | null; host: string[]; port: number[] }) => {
    const target: NetConnectOpts = path ? { path } : { host: host[0] ?? 'localhost', port: port[0] ?? 5432 }
    const socket = new ImpatientSocket(silenceMs).connect(target)
    // postgres.js reads the host to check a TLS certificate.
    return Object.assign(socket, { host: host[0] })
  }
}

/** Ends itself when what was written has had no answer for so long (ms), however much more is written meanwhile. */
class ImpatientSocket extends Socket {
  #patience: NodeJS.Timeout | undefined
  readonly #silenceMs: number

  constructor(silenceMs: number) {
    super()
    this.#silenceMs = silenceMs
  }

  override _write(chunk: unknown, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#patience ??= setTimeout(() => {
      this.destroy(Object.assign(new Error('PostgreSQL went silent'), { code: 'ETIMEDOUT' }))
    }, this.#silenceMs)
    super._write(chunk, encoding, done)
  }

  // Not listeners: postgres.js removes them all when it starts TLS.
  override emit(event: string | symbol, ...args: unknown[]): boolean {
    if (event === 'data' || event === 'close') {
      clearTimeout(this.#patience)
      this.#patience = undefined
    }
    // A server that hangs up must be an error: at a plain end postgres.js tries a new query for ever, and rolls back a
    // transaction on a socket that is gone, which nobody could catch (porsager/postgres#1133).
    if (event === 'end') {
      this.destroy(Object.assign(new Error('PostgreSQL hung up'), { code: 'ECONNRESET' }))
    }
    // Told that an error went before, postgres.js forgets the queries sent between the two events: they would hang,
    // and the connection with them.
    return event === 'close' ? super.emit(event, false) : super.emit(event, ...args)
  }
}
