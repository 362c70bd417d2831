import postgres from 'postgres'
import { migrate } from '../../../src/db/migrate.ts'
import { createProgress } from '../../../src/manage/import/progress.ts'
import { interruption } from '../interruption.ts'
import { staffOf, tables } from './rows.ts'

/** Rows inserted by one statement. */
const CHUNK = 50_000

/** Creates a database with a given number of users and all their data on our own server; returns its URL and row sizes. */
export async function fill(server: string, users: number): Promise<{ url: string; sizes: Size[] }> {
  const name = `growth_${users}`
  const admin = postgres(server, { max: 1, onnotice: () => {} })
  await admin.unsafe(`create database ${name}`)
  await admin.end()
  const url = Object.assign(new URL(server), { pathname: `/${name}` }).href
  await migrate(url)
  const progress = createProgress(process.stderr)
  const started = performance.now()
  const total = tables.reduce((sum, { rows }) => sum + rows(users), 0)
  let done = 0
  // Two statements at a time, as for a machine with two cores; the two largest tables come first.
  const sql = postgres(url, {
    max: 2,
    onnotice: () => {},
    connection: { session_replication_role: 'replica' }
  })
  await sql`insert into departments (name) select 'Department ' || n from generate_series(0, 39) n`
  const undone = await takeApart(sql)
  const left = statementsFor(users).values()
  await Promise.all(
    [1, 2].map(async () => {
      for (const { statement, rows } of left) {
        interruption.throwIfAborted()
        await sql.unsafe(statement)
        done += rows
        progress.show(`${users} users`, done, total)
      }
    })
  )
  progress.say(`${users} users: ${total} rows in ${((performance.now() - started) / 1_000).toFixed(0)} s`)
  await Promise.all(undone.map((statement) => sql.unsafe(statement)))
  await sql.unsafe('vacuum analyze')
  await sql.unsafe('create extension pg_prewarm')
  await sql`select pg_prewarm(oid) from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'i')`
  const sizes = await sql<Size[]>`
    select relname as table, pg_relation_size(oid) / greatest(reltuples, 1) as row,
      pg_indexes_size(oid) / greatest(reltuples, 1) as indexes
    from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and reltuples > 99 order by reltuples desc`
  progress.say(`${users} users: ready after ${((performance.now() - started) / 1_000).toFixed(0)} s`)
  await sql.end()
  return { url, sizes: [...sizes] }
}

/** Bytes per row in the table, and in all of its indexes. */
export interface Size {
  table: string
  row: number
  indexes: number
}

/** Drops what is built faster for a whole table than row by row; returns the statements that build it again. */
async function takeApart(sql: postgres.Sql): Promise<string[]> {
  const parts = await sql<{ drop: string; make: string }[]>`
    select format('alter table %s drop constraint %I', conrelid::regclass, conname) as drop,
      format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as make
    from pg_constraint where connamespace = 'public'::regnamespace and contype in ('u', 'c')
    union all
    select format('drop index %I', indexname), indexdef from pg_indexes
    where schemaname = 'public' and indexname not in (select conname from pg_constraint)`
  for (const { drop } of parts) await sql.unsafe(drop)
  return parts.map(({ make }) => make)
}

function statementsFor(users: number) {
  return tables.flatMap(({ name, rows, columns, values }) => {
    const count = rows(users)
    const select = values.replaceAll('$users', String(users)).replaceAll('$staff', String(staffOf(users)))
    return Array.from({ length: Math.ceil(count / CHUNK) }, (_, chunk) => {
      const [from, to] = [chunk * CHUNK, Math.min((chunk + 1) * CHUNK, count) - 1]
      const statement = `insert into ${name} (${columns}) select ${select} from generate_series(${from}, ${to}) n`
      return { statement, rows: to - from + 1 }
    })
  })
}
