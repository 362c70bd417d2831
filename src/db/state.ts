import { sql } from 'drizzle-orm'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { isUnmigrated } from '../outage.ts'
import type { Db } from './client.ts'
import { migrationsFolder } from './migrate.ts'
import { prepared } from './prepared.ts'
import { users } from './schema.ts'

export type DatabaseState = 'up' | 'read_only' | 'unmigrated'

const newest = Math.max(...readMigrationFiles({ migrationsFolder }).map(({ folderMillis }) => folderMillis))

const state = prepared((db) =>
  db
    .select({
      isWritable: sql<boolean>`current_setting('transaction_read_only') = 'off'`,
      // A database that is newer serves a process that is not, while a new version is rolled out.
      isMigrated: sql<boolean>`(select max(created_at) from drizzle.__drizzle_migrations) >= ${newest}`
    })
    // Reads the users as a sign-in does: a table that is locked or broken is not up.
    .from(sql`(select count(*) from ${users} where phone_number = '') as found`)
    .prepare('state')
)

/** A reading that takes longer (ms) waits for somebody's lock or for a network: who comes later does not join it. */
const SHARED_MS = 100
const readings = new WeakMap<Db, { began: number; state: Promise<DatabaseState> }>()

/** Whether a sign-in could be written at this moment. Those who ask while it is being read share the answer. @throws when PostgreSQL is away */
export function databaseState(db: Db): Promise<DatabaseState> {
  const now = performance.now()
  const shared = readings.get(db)
  if (shared && now - shared.began < SHARED_MS) return shared.state
  const reading = { began: now, state: readState(db) }
  readings.set(db, reading)
  const forget = () => {
    if (readings.get(db) === reading) readings.delete(db)
  }
  reading.state.then(forget, forget)
  return reading.state
}

async function readState(db: Db): Promise<DatabaseState> {
  const [row] = await state(db)
    .execute({})
    .catch((error: unknown) => {
      if (isUnmigrated(error)) return [{ isMigrated: false, isWritable: true }]
      throw error
    })
  if (!row?.isMigrated) return 'unmigrated'
  return row.isWritable ? 'up' : 'read_only'
}
