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
      // `>=`: while a new version is rolled out, a newer database still serves older processes.
      isMigrated: sql<boolean>`(select max(created_at) from drizzle.__drizzle_migrations) >= ${newest}`
    })
    // Reads `users` as a sign-in does: a database whose table is locked or broken is not up.
    .from(sql`(select count(*) from ${users} where phone_number = '') as found`)
    .prepare('state')
)

/** A reading that takes longer than this (ms) is waiting for a lock or the network, so later callers do not join it. */
const SHARED_MS = 100
const readings = new WeakMap<Db, { began: number; state: Promise<DatabaseState> }>()

/** Whether a sign-in could be written right now. Concurrent callers share one reading. @throws when PostgreSQL is unreachable */
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
