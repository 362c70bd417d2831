import type { Db } from '../../db/client.ts'
import { type RefusedRow, type Staged, stage } from '../../db/import/staging.ts'
import { DumpInvalid, type DumpRow, readDump } from './dump.ts'
import { Refusal } from './fields.ts'
import type { Mapping } from './map-row.ts'
import { type ModelRow, mapDepartment, mapProfile, mapStaff, mapUser } from './map-row.ts'
import type { ModelName } from './models.ts'
import type { Dump } from './open-dump.ts'
import type { Progress } from './progress.ts'
import { refusedRow } from './refused-row.ts'
import type { Report } from './report.ts'

type Waiting = { [Name in keyof Staged]: (Staged[Name] | RefusedRow)[] }

export interface ImportOptions {
  db: Db
  dump: Dump
  mapping: Mapping
  /** Rows that are imported together, in one transaction. */
  batchSize: number
  dryRun: boolean
  /** Makes accounts that existed before the import staff. */
  takeOver: boolean
  report: Report
  progress: Progress
}

/**
 * Reads the file, refuses rows that are invalid on their own, and stages the rest in the database.
 * @returns the number of the last row
 * @throws DumpInvalid
 */
export async function stageDump(options: ImportOptions): Promise<number> {
  const waiting: Waiting = { department: [], user: [], profile: [], staff: [] }
  const { dump, progress } = options
  let lastRow = 0
  for await (const rows of readDump(dump.chunks)) {
    for (const row of rows) sort(row, waiting, options)
    lastRow += rows.length
    await flush(waiting, options, options.batchSize)
    progress.show(`reading, ${lastRow} rows`, dump.bytesRead(), dump.bytes)
  }
  await flush(waiting, options, 1)
  return lastRow
}

async function flush(waiting: Waiting, { db }: ImportOptions, least: number): Promise<void> {
  if (waiting.department.length >= least) await stage(db, 'department', waiting.department.splice(0))
  if (waiting.user.length >= least) await stage(db, 'user', waiting.user.splice(0))
  if (waiting.profile.length >= least) await stage(db, 'profile', waiting.profile.splice(0))
  if (waiting.staff.length >= least) await stage(db, 'staff', waiting.staff.splice(0))
}

function sort(dumped: DumpRow, waiting: Waiting, options: ImportOptions): void {
  const { report, mapping } = options
  const { label, ...row } = modelRow(dumped)
  const name = mapping.layout.modelOf(label)
  report.read(name)
  if (!name) return
  try {
    place(name, row, waiting, options)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    report.refuse(name, row.row, row.pk, error.message)
    const refused = refusedRow(name, row, mapping)
    if (refused) waiting[name].push(refused)
  }
}

function place(name: ModelName, row: ModelRow, waiting: Waiting, { mapping }: ImportOptions): void {
  if (name === 'department') waiting.department.push(mapDepartment(row, mapping))
  if (name === 'profile') waiting.profile.push(mapProfile(row, mapping))
  if (name === 'staff') waiting.staff.push(mapStaff(row, mapping))
  if (name === 'user') waiting.user.push(mapUser(row, mapping))
}

function modelRow({ row, value }: DumpRow): ModelRow & { label: string } {
  if (isObject(value) && typeof value.model === 'string' && isObject(value.fields)) {
    return { row, label: value.model, pk: value.pk, fields: value.fields }
  }
  throw new DumpInvalid(`Row ${row} is not an object with "model" and "fields", as dumpdata writes.`)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
