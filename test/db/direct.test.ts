import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { userInfo } from 'node:os'
import { eq, sql } from 'drizzle-orm'
import postgres from 'postgres'
import t, { type Test } from 'tap'
import { freePort } from '../../scripts/find-redis.ts'
import { connect } from '../../src/db/client.ts'
import { assertDirect } from '../../src/db/direct.ts'
import { migrate } from '../../src/db/migrate.ts'
import { users } from '../../src/db/schema.ts'
import { databaseUrl, isEmbedded } from '../database.ts'
import { build, environment } from '../helper.ts'
import { start } from '../process.ts'
import { until } from '../until.ts'

const hasPgBouncer = spawnSync('pgbouncer', ['--version']).status === 0
if (process.env.REQUIRE_PGBOUNCER) t.ok(hasPgBouncer, 'PgBouncer was installed to be tried')

/** Debian's PgBouncer in front of the database of this test process; gives the URL that leads through it. */
async function pgBouncer(t: Test, settings: string[]): Promise<string> {
  const { hostname, port, username, password, pathname } = new URL(databaseUrl)
  const name = pathname.slice(1)
  const listen = await freePort()
  const folder = t.testdir({
    'pgbouncer.ini': [
      '[databases]',
      `${name} = host=${hostname} port=${port} user=${username} password=${password} dbname=${name}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${listen}`,
      'unix_socket_dir =',
      'auth_type = any',
      'default_pool_size = 20',
      ...settings
    ].join('\n')
  })
  // It refuses to run as root.
  const asOther = userInfo().uid === 0 ? ['-u', 'nobody'] : []
  const child = spawn('pgbouncer', [...asOther, `${folder}/pgbouncer.ini`], { stdio: 'ignore' })
  t.teardown(async () => {
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  const url = Object.assign(new URL(databaseUrl), { host: `127.0.0.1:${listen}` }).href
  await until(async () => {
    const client = postgres(url, { max: 1, fetch_types: false, onnotice: () => {} })
    const answers = client`select 1`.simple().then(
      () => true,
      () => false
    )
    return answers.finally(() => client.end({ timeout: 0 }))
  })
  return url
}

const sentence = /DATABASE_URL leads to a connection pooler such as PgBouncer/

for (const mode of hasPgBouncer && !isEmbedded ? ['session', 'transaction', 'statement'] : []) {
  for (const [what, ignored] of [
    ['as it comes', []],
    ['told to ignore our settings', ['ignore_startup_parameters = statement_timeout']]
  ] as const) {
    t.test(`a PgBouncer in ${mode} mode, ${what}, gets no statement and no start`, async (t) => {
      const url = await pgBouncer(t, [`pool_mode = ${mode}`, ...ignored])
      await t.rejects(build(t, { DATABASE_URL: url }), sentence)
      await t.rejects(migrate(url), sentence)

      const { db, close } = connect({ url, poolMax: 10, timeoutMs: 2_000 })
      t.teardown(close)
      const asked = Array.from({ length: 50 }, (_, i) =>
        i % 2
          ? db.select({ wanted: sql<string>`${`${i}`}` }).from(sql`(values (1)) as one`)
          : db
              .select()
              .from(users)
              .where(eq(users.phoneNumber, `+${i}`))
      )
      for (const answer of await Promise.allSettled(asked)) {
        t.match(answer, { status: 'rejected', reason: { cause: { message: sentence } } })
      }
    })
  }
}

if (hasPgBouncer && !isEmbedded) {
  t.test('the service and the operator’s command say so in one sentence', async (t) => {
    const url = await pgBouncer(t, ['pool_mode = transaction'])
    const env = { ...environment, DATABASE_URL: url }
    for (const [file, argv] of [
      ['src/server.ts', []],
      ['src/cli.ts', ['migrate']]
    ] as const) {
      const { code, stderr } = await start(t, file, [...argv], env).ended
      t.equal(code, 1)
      t.match(stderr, sentence)
      t.notMatch(stderr, /\n {2,}at /, 'and no stack')
    }
  })
}

t.test('a connection to PostgreSQL itself is direct', async (t) => {
  const client = postgres(databaseUrl, { max: 1, onnotice: () => {} })
  t.teardown(() => client.end())
  await assertDirect(client)
})
