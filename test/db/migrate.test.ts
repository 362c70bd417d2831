import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator'
import postgres from 'postgres'
import t, { type Test } from 'tap'
import { migrate } from '../../src/db/migrate.ts'
import { isOutage } from '../../src/outage.ts'
import { createProxy } from '../proxy.ts'
import { emptyDatabase } from './empty-database.ts'

const migrations = fileURLToPath(new URL('../../src/db/migrations', import.meta.url))
const { entries } = JSON.parse(readFileSync(`${migrations}/meta/_journal.json`, 'utf8'))

/** The structure of a database, in a comparable form. */
async function anatomy(t: Test, url: string) {
  const client = postgres(url, { max: 1 })
  t.teardown(() => client.end())
  const columns = await client`
    select table_name, column_name, data_type, is_nullable, column_default from information_schema.columns
    where table_schema = 'public' order by table_name, column_name`
  const constraints =
    await client`select conname, pg_get_constraintdef(oid) from pg_constraint order by conname`
  const indexes = await client`select indexdef from pg_indexes where schemaname = 'public' order by indexdef`
  const applied = await client`select id, hash, created_at from drizzle.__drizzle_migrations order by id`
  return {
    columns: [...columns],
    constraints: [...constraints],
    indexes: [...indexes],
    applied: [...applied]
  }
}

/** Gives the database the state of an older version, with the first `count` migrations. */
async function applyFirst(t: Test, url: string, count: number) {
  const migrationsFolder = `${t.testdir()}/before`
  cpSync(migrations, migrationsFolder, { recursive: true })
  writeFileSync(
    `${migrationsFolder}/meta/_journal.json`,
    JSON.stringify({ entries: entries.slice(0, count) })
  )
  const old = postgres(url, { max: 1, onnotice: () => {} })
  await applyMigrations(drizzle({ client: old }), { migrationsFolder })
  await old.end()
}

const tables = ({ columns }: Awaited<ReturnType<typeof anatomy>>) => [
  ...new Set(columns.map(({ table_name }) => table_name))
]

t.test('an empty database gets every table, and migrating again changes nothing', async (t) => {
  const url = await emptyDatabase(t)
  await migrate(url)
  const made = await anatomy(t, url)
  t.strictSame(tables(made), [
    ...['audit_events', 'audit_keys', 'departments', 'former_numbers', 'put_away_profiles', 'sessions'],
    ...['staff_profiles', 'users']
  ])
  t.equal(made.applied.length, entries.length)

  await migrate(url)
  t.strictSame(await anatomy(t, url), made)
})

t.test('a database of an older version keeps its users and their sessions', async (t) => {
  const url = await emptyDatabase(t)
  const client = postgres(url, { max: 1, onnotice: () => {} })
  t.teardown(() => client.end())
  await applyFirst(t, url, 1)
  await client`insert into users (phone_number, created_at) values ('+998901234567', '2030-01-01T00:00:00Z')`
  await client`insert into sessions (user_id, role, created_at, expires_at)
    select id, 'citizen', '2030-02-01T00:00:00Z', '2030-03-01T00:00:00Z' from users`

  await migrate(url)
  const rows =
    await client`select last_sign_in_at, expires_at, absolute_expires_at, generation, refresh_digest
    from users join sessions on user_id = users.id`
  t.match(rows, [
    {
      last_sign_in_at: new Date('2030-02-01T00:00:00Z'),
      expires_at: new Date('2030-03-01T00:00:00Z'),
      absolute_expires_at: new Date('2030-03-01T00:00:00Z'),
      ...{ generation: 0, refresh_digest: null }
    }
  ])
})

t.test('departments of an older version get comparable names, and no two the same', async (t) => {
  const url = await emptyDatabase(t)
  const client = postgres(url, { max: 1, onnotice: () => {} })
  t.teardown(() => client.end())
  await applyFirst(t, url, 2)
  await client`insert into departments (name, created_at)
    values ('Yo‘l  BOʼLIMI', '2030-01-01'), ('Yoʻl bo''limi', '2030-01-02'), ('Suv', '2030-01-03')`
  await migrate(url)
  const rows = await client`select name, comparable_name from departments order by created_at`
  t.strictSame(
    rows.map(({ comparable_name }) => comparable_name),
    ["yo'l bo'limi", null, 'suv']
  )
})

t.test('processes that start at the same moment migrate once, and none fails', async (t) => {
  const url = await emptyDatabase(t)
  await Promise.all([migrate(url), migrate(url), migrate(url), migrate(url)])
  t.equal((await anatomy(t, url)).applied.length, entries.length)
})

t.test('an unreachable database is an outage', async (t) => {
  const proxy = await createProxy(t, '127.0.0.1', 5432)
  await proxy.refuse()
  const error = await migrate(proxy.url('postgres://postgres@localhost/postgres')).catch((error) => error)
  t.ok(isOutage(error), String(error))
})

t.test('audit lines of older versions keep their user and get a lasting pseudonym', async (t) => {
  const url = await emptyDatabase(t)
  await applyFirst(t, url, 2)
  const client = postgres(url, { max: 1, onnotice: () => {} })
  t.teardown(() => client.end())
  await client`insert into users (phone_number) values ('+998901234567'), ('+998901234568')`
  await client`insert into audit_events (event, user_id)
    select 'phone_changed', id from users union all select 'dormant_sign_in', id from users`
  await client`insert into audit_events (event) values ('user_deleted')`
  await migrate(url)
  const lines = () => client`select user_id, pseudonym from audit_events order by user_id, event`
  const named = await lines()
  t.equal(new Set(named.map(({ pseudonym }) => pseudonym)).size, 3, 'two users, and lines about nobody')
  for (const { user_id, pseudonym } of named) t.equal(pseudonym !== null, user_id !== null)
  await migrate(url)
  t.strictSame([...(await lines())], [...named])
})
