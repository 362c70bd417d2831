import { sql } from 'drizzle-orm'
import type { Db } from '../client.ts'
import { type Keyed, rememberKeys } from './keys.ts'
import { allStaged, staged } from './tables.ts'

// Rows wait in temporary tables: these hold a million rows where a Map would not, and resolve a reference whichever of the two
// rows comes first. They belong to the connection and end with it. Without the lower cost, the planner would read a whole table
// of some hundred thousand rows for each batch instead of its index.
const tables = sql`
  select from users, departments, staff_profiles limit 0;
  set random_page_cost = 1.1;
  drop table if exists ${allStaged};
  create table ${staged.department} (
    row_nr integer primary key, pk text, id uuid, name text not null, comparable_name text not null,
    is_refused boolean, department_id uuid
  );
  create table ${staged.user} (
    row_nr integer primary key, pk text, id uuid, phone text not null, full_name text, neighborhood text,
    location text, password_hash text, password_problem text, is_active boolean not null, created_at timestamptz,
    last_login timestamptz, is_refused boolean,
    profile_row integer, staff_row integer, user_id uuid, outcome text, is_somebody boolean
  );
  create table ${staged.profile} (
    row_nr integer primary key, pk text, user_kind text, user_key text, full_name text, neighborhood text,
    location text, is_refused boolean, user_row integer
  );
  create table ${staged.staff} (
    row_nr integer primary key, pk text, user_kind text, user_key text, department_kind text, department_key text,
    is_refused boolean, user_row integer
  );
  create table ${staged.keys} (
    kind text, key text, first_row integer not null, last_row integer not null, primary key (key, kind)
  )`

interface Row {
  /** The row's position in the file's array, from 1. */
  row_nr: number
  pk: string | null
}

interface Owned extends Row {
  user_kind: 'user.pk' | 'user.phone'
  user_key: string
}

interface Profile {
  full_name: string | null
  neighborhood: string | null
  location: string | null
}

/** Staged rows; the fields are named after the columns. */
export interface Staged {
  department: Row & { id: string | null; name: string; comparable_name: string }
  user: Row &
    Profile & { id: string | null; phone: string } & {
      password_hash: string | null
      /** Why the password could not be imported. */
      password_problem: string | null
      is_active: boolean
      created_at: string | null
      last_login: string | null
    }
  profile: Owned & Profile
  staff: Owned & { department_kind: 'department.pk' | 'department.name'; department_key: string }
}

/** The keys of a row that was refused: another row that shares one is refused with it. */
export type RefusedRow = Row & {
  is_refused: true
  id: string | null
  phone?: string | null
  comparable_name?: string | null
}

/** The connection was replaced, and the staged rows are gone with it. */
export class StagingLost extends Error {}

export async function createStaging(db: Db): Promise<void> {
  await db.execute(tables)
}

export async function dropStaging(db: Db): Promise<void> {
  await db.execute(sql`reset random_page_cost; drop table if exists ${allStaged}`)
}

/** The driver replaces a lost connection by itself, so only the missing tables reveal the loss. */
export async function isStagingLost(db: Db): Promise<boolean> {
  const [found] = await db.execute<{ lost: boolean }>(
    sql`select to_regclass('pg_temp.import_keys') is null as lost`
  )
  return found?.lost ?? true
}

/** Stages rows, except that a refused row leaves only its keys. One parameter carries all rows. */
export async function stage<Name extends keyof Staged>(
  db: Db,
  name: Name,
  rows: (Staged[Name] | RefusedRow)[]
): Promise<void> {
  const table = staged[name]
  const read = sql`select * from json_populate_recordset(null::${table}, ${JSON.stringify(rows)}::json)`
  const insert = sql`insert into ${table} select * from rows where is_refused is not true`
  const keep = isKeyed(name) ? sql`, waiting as (${insert}) ${rememberKeys(name)}` : insert
  await db.execute(sql`with rows as (${read}) ${keep}`)
}

function isKeyed(name: keyof Staged): name is Keyed {
  return name === 'department' || name === 'user'
}

/** Tells the planner how many rows there are; otherwise it reads whole tables for each batch. */
export async function analyzeStaging(db: Db): Promise<void> {
  await db.execute(sql`analyze ${allStaged}`)
}
