import { type SQL, sql } from 'drizzle-orm'
import { staged } from './tables.ts'

// Recorded while the rows come in: looking for duplicates later would take one statement over the whole file.

/** The keys that identify a row (i); no other row of its model may share one. */
const keysOf = {
  department: sql`(values
    ('department.pk', i.pk), ('department.id', i.id::text), ('department.name', i.comparable_name)) as known (kind, key)`,
  user: sql`(values ('user.pk', i.pk), ('user.id', i.id::text), ('user.phone', i.phone)) as known (kind, key)`
}

export type Keyed = keyof typeof keysOf

/** Records for each key the first and the last of the new `rows` that have it; rows come in file order. */
export function rememberKeys(name: Keyed): SQL {
  return sql`
    insert into ${staged.keys} (kind, key, first_row, last_row)
    select kind, key, min(i.row_nr), max(i.row_nr) from rows i cross join lateral ${keysOf[name]}
    where key is not null group by kind, key
    on conflict (key, kind) do update set last_row = excluded.last_row`
}

/** Another row (twin.other) that shares a key with this one (i). */
export function twinOf(name: Keyed): SQL {
  return sql`lateral (
    select min(case k.first_row when i.row_nr then k.last_row else k.first_row end) as other
    from ${keysOf[name]} join ${staged.keys} k using (kind, key) where k.first_row < k.last_row
  ) twin`
}
