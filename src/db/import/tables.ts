import { type SQL, sql } from 'drizzle-orm'
import type { Stretch } from './outcome.ts'

/** The staging tables, by their full names: without `pg_temp` they could be tables of the customer. */
export const staged = {
  department: sql`pg_temp.import_departments`,
  user: sql`pg_temp.import_users`,
  profile: sql`pg_temp.import_profiles`,
  staff: sql`pg_temp.import_staff`,
  keys: sql`pg_temp.import_keys`
}

export const allStaged: SQL = sql.join(Object.values(staged), sql`, `)

/** Condition that selects the rows (i) of a stretch. */
export function within({ after, upTo }: Stretch): SQL {
  return sql`i.row_nr > ${after} and i.row_nr <= ${upTo}`
}
