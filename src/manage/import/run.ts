import type { Db } from '../../db/client.ts'
import { importDepartments } from '../../db/import/departments.ts'
import type { Outcome, Stretch } from '../../db/import/outcome.ts'
import { joinProfiles, settleProfiles } from '../../db/import/profiles.ts'
import { importStaff } from '../../db/import/staff.ts'
import {
  analyzeStaging,
  createStaging,
  dropStaging,
  isStagingLost,
  StagingLost
} from '../../db/import/staging.ts'
import { importUsers } from '../../db/import/users.ts'
import type { ModelName } from './models.ts'
import { type ImportOptions, stageDump } from './stage-dump.ts'

type Step = (db: Db, stretch: Stretch) => Promise<Outcome[]>

/** In order of dependency; profiles are first joined to the staged users, and imported with them. */
const steps: [phase: string, name: ModelName, step: Step][] = [
  ['departments', 'department', importDepartments],
  ['profiles', 'profile', joinProfiles],
  ['users', 'user', importUsers],
  ['profiles', 'profile', settleProfiles],
  ['staff', 'staff', importStaff]
]

/**
 * Imports what `dumpdata` wrote. Reads the whole file before it writes the first row, so a broken file leaves nothing behind.
 * @throws DumpInvalid
 * @throws StagingLost when the connection was replaced
 */
export async function importDjango(options: ImportOptions): Promise<void> {
  const { db } = options
  await createStaging(db)
  try {
    const lastRow = await stageDump(options)
    await analyzeStaging(db)
    for (const step of steps) await inBatches(options, step, lastRow)
  } catch (error) {
    if (await isStagingLost(db).catch(() => false)) throw new StagingLost(undefined, { cause: error })
    throw error
  } finally {
    // The tables end with the connection anyway, and a failure here must not hide the earlier error.
    await dropStaging(db).catch(() => undefined)
  }
}

async function inBatches(
  options: ImportOptions,
  [phase, name, step]: (typeof steps)[number],
  lastRow: number
) {
  const { db, batchSize, dryRun, takeOver, report, progress } = options
  for (let after = 0; after < lastRow; after += batchSize) {
    const outcomes = await step(db, { after, upTo: after + batchSize, dryRun, takeOver })
    for (const outcome of outcomes.toSorted((a, b) => a.row_nr - b.row_nr)) report.settle(name, outcome)
    progress.show(phase, after, lastRow)
  }
}
