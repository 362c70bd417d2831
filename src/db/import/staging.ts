import { sql } from 'drizzle-orm'
import type { Db } from '../client.ts'

// What was read waits in temporary tables: they hold a million rows where a Map would not, and a reference is found
// whichever way round the file has it. They belong to the connection and end with it.
const tables = sql`
  select from users, departments, staff_profiles limit 0;
  drop table if exists pg_temp.import_departments, pg_temp.import_users, pg_temp.import_profiles, pg_temp.import_staff;
  create temporary table import_departments (
    row_nr integer primary key, pk text, id uuid, name text not null, department_id uuid
  );
  create index on import_departments (pk);
  create index on import_departments (id);
  create index on import_departments (name);
  create temporary table import_users (
    row_nr integer primary key, pk text, id uuid, phone text not null, full_name text, neighborhood text,
    location text, password_hash text, is_active boolean not null, created_at timestamptz, user_id uuid, outcome text
  );
  create index on import_users (pk);
  create index on import_users (id);
  create index on import_users (phone);
  create temporary table import_profiles (
    row_nr integer primary key, pk text, user_pk text, user_phone text, full_name text, neighborhood text, location text
  );
  create index on import_profiles (user_pk);
  create index on import_profiles (user_phone);
  create temporary table import_staff (
    row_nr integer primary key, pk text, user_pk text, user_phone text, department_pk text, department_name text
  );
  create index on import_staff (user_pk);
  create index on import_staff (user_phone)`

interface Row {
  /** Which element of the file's array it was, from 1. */
  row_nr: number
  pk: string | null
}

interface Owned extends Row {
  user_pk: string | null
  user_phone: string | null
}

interface Profile {
  full_name: string | null
  neighborhood: string | null
  location: string | null
}

/** Rows as they wait, named as their columns. */
export interface Staged {
  department: Row & { id: string | null; name: string }
  user: Row &
    Profile & { id: string | null; phone: string; password_hash: string | null } & {
      is_active: boolean
      created_at: string | null
    }
  profile: Owned & Profile
  staff: Owned & { department_pk: string | null; department_name: string | null }
}

const tableOf = {
  department: sql`import_departments`,
  user: sql`import_users`,
  profile: sql`import_profiles`,
  staff: sql`import_staff`
}

export async function createStaging(db: Db): Promise<void> {
  await db.execute(tables)
}

export async function dropStaging(db: Db): Promise<void> {
  await db.execute(sql`drop table if exists import_departments, import_users, import_profiles, import_staff`)
}

/** Lets rows wait. One parameter carries them all. */
export async function stage<Name extends keyof Staged>(
  db: Db,
  name: Name,
  rows: Staged[Name][]
): Promise<void> {
  const table = tableOf[name]
  await db.execute(
    sql`insert into ${table} select * from json_populate_recordset(null::${table}, ${JSON.stringify(rows)}::json)`
  )
}

/** Tells the planner how much there is; without it, it reads whole tables for each batch. */
export async function analyzeStaging(db: Db): Promise<void> {
  await db.execute(sql`analyze import_departments, import_users, import_profiles, import_staff`)
}
