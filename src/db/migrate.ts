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

/** Brings the database up to the newest migration. Copies that start together take turns. */
export async function migrate(url: string): Promise<void> {
  const client = postgres(url, { max: 1, fetch_types: false, onnotice: () => {} })
  const db = drizzle({ client, schema })
  try {
    await assertDirect(client)
    await db.execute(sql`select pg_advisory_lock(hashtext('citizen-auth migrations'))`)
    await applyMigrations(db, { migrationsFolder })
    await fillComparableNames(db)
    await preparePseudonyms(db)
  } finally {
    // Ends the session and with it the lock.
    await client.end()
  }
}
