import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import t, { type Test } from 'tap'
import { databaseUrl, db, isEmbedded } from '../../database.ts'
import { randomPhone } from '../../helper.ts'
import { createProxy } from '../../proxy.ts'
import { run } from '../run.ts'
import { beforeInsertOf, djangoUser, importRows, storedUser } from './dump.ts'

/** In the embedded database all connections share one session, so there is none to lose. */
function onServer(name: string, work: (t: Test) => Promise<void>): void {
  if (!isEmbedded) t.test(name, work)
}

const importBackends = sql`
  from pg_stat_activity
  where application_name = 'citizen-auth' and datname = current_database() and query like '%pg_temp.import_users%'
    and pid <> pg_backend_pid()`

/** A piped dump of two users, between which something happens. */
async function* interrupted(meanwhile: () => Promise<unknown>, users = [djangoUser(), djangoUser()]) {
  const [first, ...others] = users.map(({ row }) => JSON.stringify(row))
  yield `[${first}`
  // A row is staged when its batch is full.
  await wait(500)
  await meanwhile()
  await wait(500)
  yield `,${others.join()}]`
}

const piped = (input: AsyncIterable<string>, url = databaseUrl) =>
  run(['import', 'django', '-', '--batch-size', '1'], input, { DATABASE_URL: url })

onServer('a lost connection is told as that, and tables of the same names are left alone', async (t) => {
  const names = ['import_departments', 'import_users', 'import_profiles', 'import_staff', 'import_keys']
  for (const name of names) await db.execute(sql.raw(`create table public.${name} (precious text)`))
  t.teardown(() => db.execute(sql.raw(`drop table ${names.join()}`)))
  const made = [djangoUser(), djangoUser()]
  const end = async () => {
    t.equal((await db.execute(sql`select pg_terminate_backend(pid) ${importBackends}`)).length, 1)
  }
  const { code, stderr } = await piped(interrupted(end, made))
  t.equal(code, 1)
  t.equal(
    stderr,
    'Stopped after 0 rows; run it again to import the rest.\nmanage: The connection to PostgreSQL was lost; run it again.\n'
  )
  for (const name of names) t.ok(await db.execute(sql.raw(`select precious from public.${name}`)), name)
  t.equal(await storedUser(made[0]?.phone ?? ''), undefined)
})

onServer('tables of the same names do not get in the way of an import', async (t) => {
  await db.execute(sql`create table public.import_users (precious text)`)
  t.teardown(() => db.execute(sql`drop table public.import_users`))
  const { row, phone } = djangoUser()
  t.equal((await importRows(t, [row])).code, 0)
  t.ok(await storedUser(phone))
  t.strictSame([...(await db.execute(sql`select * from public.import_users`))], [])
})

t.test('a database that is lost later does not hide the first error', async (t) => {
  const { hostname, port } = new URL(databaseUrl)
  const proxy = await createProxy(t, hostname, Number(port))
  async function* broken() {
    yield `[${JSON.stringify(djangoUser().row)}`
    await wait(500)
    await proxy.refuse()
    yield ', nonsense]'
  }
  const { code, stderr } = await piped(broken(), proxy.url(databaseUrl))
  t.equal(code, 1)
  t.equal(stderr, 'manage: The JSON is broken after row 1. Nothing was imported.\n')
})

onServer('the connection is not replaced because of its age', async (t) => {
  const aging = Object.assign(new URL(databaseUrl), { search: 'max_lifetime=0.2' }).href
  t.match(
    await piped(
      interrupted(async () => {}),
      aging
    ),
    { code: 0, stderr: '' }
  )
})

onServer('a statement that takes too long is told with the setting that bounds it', async (t) => {
  const phone = randomPhone()
  await beforeInsertOf(t, phone, 'perform pg_sleep(5);')
  const folder = t.testdir({ 'dump.json': JSON.stringify([djangoUser({ phone_number: phone }).row]) })
  const { code, stderr } = await run(['import', 'django', `${folder}/dump.json`], '', {
    DATABASE_TIMEOUT_MS: '400'
  })
  t.equal(code, 1)
  t.equal(
    stderr,
    'Stopped after 0 rows; run it again to import the rest.\n' +
      'manage: PostgreSQL gave a statement up after DATABASE_TIMEOUT_MS; give it more time and run this again.\n'
  )
})
