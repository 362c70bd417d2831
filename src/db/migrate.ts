import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator'
import postgres from 'postgres'
import { preparePseudonyms } from './audit.ts'
import { fillComparableNames } from './departments.ts'
import { assertDirect } from './direct.ts'
import * as schema from './schema.ts'

export const migrationsFolder = fileURLToPath(new URL('../db/migrations', import.meta.url))

/**
 * Brings the database up to the newest migration. Copies that start together take turns. A statement that waits longer than
 * `lockTimeoutMs` for a table is given up, and with it the migration (SQLSTATE 55P03): whoever needs the table meanwhile waits
 * behind it. 0 waits for ever.
 */
export async function migrate(url: string, { lockTimeoutMs = 0 } = {}): Promise<void> {
  const client = postgres(url, { max: 1, fetch_types: false, onnotice: () => {} })
  const db = drizzle({ client, schema })
  try {
    await assertDirect(client)
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
