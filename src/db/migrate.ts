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

/** A statement that changes a large table is silent for long (ms). */
const SILENCE_MS = 24 * 3_600_000

/**
 * Brings the database up to the newest migration. Copies that start together take turns. A statement that waits longer than
 * `lockTimeoutMs` for a table is given up, and with it the migration (SQLSTATE 55P03): whoever needs the table meanwhile waits
 * behind it. 0 waits for ever.
 * @throws PoolerInTheWay when the lock that makes them take turns would have no session
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
