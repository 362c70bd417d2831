import { type NetConnectOpts, Socket } from 'node:net'
import type { PgDatabase } from 'drizzle-orm/pg-core'
import { drizzle, type PostgresJsQueryResultHKT } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import * as schema from './schema.ts'

/** A connection or a transaction: every query function takes one first and cannot tell them apart. */
export type Db = PgDatabase<PostgresJsQueryResultHKT, typeof schema>

export interface DatabaseOptions {
  /** `postgres://…` */
  url: string
  poolMax: number
  /** The server gives a statement up after this time (ms); a server that stays silent twice as long is left. */
  timeoutMs: number
}

/** Opens a pool lazily: nothing is sent until the first query. `close` waits five seconds for those under way. */
export function connect({ url, poolMax, timeoutMs }: DatabaseOptions): {
  db: Db
  close: () => Promise<void>
} {
  const client = postgres(url, {
    max: poolMax,
    connect_timeout: Math.ceil(timeoutMs / 1000),
    backoff: () => 0.1,
    fetch_types: false,
    onnotice: () => {},
    connection: { application_name: 'citizen-auth', statement_timeout: timeoutMs },
    socket: socketThatGivesUp(2 * timeoutMs)
  } as postgres.Options<Record<string, never>>)
  return { db: drizzle({ client, schema }), close: () => client.end({ timeout: 5 }) }
}

/** postgres.js waits for ever on a server that went silent, and so would every request that needs the pool. */
function socketThatGivesUp(silenceMs: number) {
  return async ({ path, host, port }: { path: string | null; host: string[]; port: number[] }) => {
    const target: NetConnectOpts = path ? { path } : { host: host[0] ?? 'localhost', port: port[0] ?? 5432 }
    const socket = new ImpatientSocket()
    // postgres.js reads the host to check a TLS certificate.
    return Object.assign(socket.setTimeout(silenceMs).connect(target), { host: host[0] })
  }
}

class ImpatientSocket extends Socket {
  // Not a listener: postgres.js removes them all when it starts TLS.
  override emit(event: string | symbol, ...args: unknown[]): boolean {
    if (event === 'timeout')
      this.destroy(Object.assign(new Error('PostgreSQL went silent'), { code: 'ETIMEDOUT' }))
    return super.emit(event, ...args)
  }
}
