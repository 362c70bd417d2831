import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator'
import postgres from 'postgres'
import { preparePseudonyms } from './audit.ts'
import { fillComparableNames } from './departments.ts'
import { assertUsable } from './pooler.ts'
import { urlOfOne } from './primary.ts'
import * as schema from './schema.ts'
import { createSockets } from './sockets.ts'

export const migrationsFolder = fileURLToPath(new URL('../db/migrations', import.meta.url))

/** How long the server may stay silent (ms): a statement that changes a large table takes long. */
const SILENCE_MS = 24 * 3_600_000

/**
 * Brings the database up to the newest migration. Processes that start together take turns. A statement that waits longer than
 * `lockTimeoutMs` for a table fails, and the migration with it (SQLSTATE 55P03), because other statements on that table
 * queue behind it. 0 waits forever.
 * @throws PoolerInTheWay when a pooler would give the lock that makes them take turns no session of its own
 */
export async function migrate(url: string, { lockTimeoutMs = 0 } = {}): Promise<void> {
  const { connect } = createSockets(url, SILENCE_MS)
  const open = () =>
    postgres(urlOfOne(url), {
      ...{ max: 1, fetch_types: false, onnotice: () => {}, socket: connect }
    } as postgres.Options<Record<string, never>>)
  const client = open()
  const db = drizzle({ client, schema })
  try {
    await assertUsable(client, open, { prepare: true, needsSession: true })
    // Lifts the time limits of the role, which suit the service: a turn, or a large table, takes longer.
    await db.execute(sql`set statement_timeout = 0; set lock_timeout = 0`)
    await db.execute(sql`select pg_advisory_lock(hashtext('citizen-auth migrations'))`)
    await db.execute(sql.raw(`set lock_timeout = ${lockTimeoutMs}`))
    await applyMigrations(db, { migrationsFolder })
    await fillComparableNames(db)
    await preparePseudonyms(db)
  } finally {
    // Ends the session and with it the lock.
    await client.end()
  }
}
