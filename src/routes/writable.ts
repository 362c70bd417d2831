import type { Db } from '../db/client.ts'
import { databaseState } from '../db/state.ts'
import { MigrationsPending, ServiceUnavailable } from '../errors.ts'

/** Call it before spending anything on a sign-in that could not be written. @throws MigrationsPending, ServiceUnavailable */
export async function assertWritable(db: Db): Promise<void> {
  const state = await databaseState(db)
  if (state === 'unmigrated') throw MigrationsPending()
  if (state === 'read_only') throw ServiceUnavailable()
}
