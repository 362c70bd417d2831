import { sql } from 'drizzle-orm'
import postgres from 'postgres'
import t, { type Test } from 'tap'
import { hasPgBouncer, startPgBouncer } from '../../scripts/pgbouncer.ts'
import { connect } from '../../src/db/client.ts'
import { migrate } from '../../src/db/migrate.ts'
import { assertUsable } from '../../src/db/pooler.ts'
import { databaseUrl, db, isEmbedded } from '../database.ts'
import { build, environment, signUp } from '../helper.ts'
import { start } from '../process.ts'

if (process.env.REQUIRE_PGBOUNCER) t.ok(hasPgBouncer, 'PgBouncer is installed, as REQUIRE_PGBOUNCER demands')

/** Debian's PgBouncer in front of the database of this test process; returns the URL that leads through it. */
async function pgBouncer(t: Test, settings: readonly string[]): Promise<string> {
  const { url, close } = await startPgBouncer(databaseUrl, settings)
  t.teardown(close)
  return url
}

const IGNORES = 'ignore_startup_parameters = statement_timeout,lock_timeout'

if (hasPgBouncer && !isEmbedded) {
  const own = sql.identifier(new URL(databaseUrl).pathname.slice(1))
  /** Sets the limits in PostgreSQL, as an operator does if a pooler does not pass them on. */
  const limitStatements = async (t: Test) => {
    await db.execute(sql`alter database ${own} set statement_timeout = '5s'`)
    await db.execute(sql`alter database ${own} set lock_timeout = '500ms'`)
    t.teardown(() => db.execute(sql`alter database ${own} reset all`))
  }

  for (const [mode, settings] of [
    ['session', {}],
    ['session', { DATABASE_PREPARE: 'false' }],
    ['transaction', { DATABASE_PREPARE: 'false' }]
  ] as const) {
    t.test(
      `behind PgBouncer in ${mode} mode every user gets their own rows ${JSON.stringify(settings)}`,
      async (t) => {
        await limitStatements(t)
        const url = await pgBouncer(t, [`pool_mode = ${mode}`, 'default_pool_size = 6', IGNORES])
        const both = { DATABASE_URL: url, DATABASE_POOL_MAX: '3', ...settings }
        const [here, there] = [await build(t, both), await build(t, both)]
        const citizens = await Promise.all(
          Array.from({ length: 20 }, async (_, place) => signUp(place % 2 ? here : there))
        )
        const seen = await Promise.all(
          citizens.flatMap(({ access }) =>
            [here, there].map(async ({ me }) => (await me(access)).json().phone_number)
          )
        )
        t.strictSame(
          seen,
          citizens.flatMap(({ phone }) => [phone, phone])
        )
      }
    )
  }

  t.test('prepared statements behind PgBouncer in transaction mode stop the start', async (t) => {
    await limitStatements(t)
    const url = await pgBouncer(t, ['pool_mode = transaction', IGNORES])
    await t.rejects(build(t, { DATABASE_URL: url }), /in transaction mode.*set DATABASE_PREPARE=false/)
    const { db, close } = connect({ url, poolMax: 10, timeoutMs: 2_000 })
    t.teardown(close)
    const asked = Array.from({ length: 20 }, () => db.execute(sql`select 1`))
    for (const answer of await Promise.allSettled(asked)) {
      t.match(answer, { status: 'rejected', reason: { cause: { message: /in transaction mode/ } } })
    }
  })

  t.test(
    'work that needs its own session is refused in transaction mode and done in session mode',
    async (t) => {
      const url = await pgBouncer(t, ['pool_mode = transaction', IGNORES])
      await t.rejects(migrate(url), /needs a session of its own/)
      const importing = connect({ url, poolMax: 1, timeoutMs: 2_000, prepare: false, needsSession: true })
      t.teardown(importing.close)
      await t.rejects(importing.prove(), /needs a session of its own/)
      await t.resolves(migrate(await pgBouncer(t, ['pool_mode = session'])))
    }
  )

  t.test('PgBouncer in statement mode stops the start', async (t) => {
    const url = await pgBouncer(t, ['pool_mode = statement', IGNORES])
    await t.rejects(build(t, { DATABASE_URL: url, DATABASE_PREPARE: 'false' }), /in statement mode/)
  })

  t.test('a PgBouncer that keeps time limits from PostgreSQL stops the start', async (t) => {
    const refuses = await pgBouncer(t, ['pool_mode = session'])
    await t.rejects(
      build(t, { DATABASE_URL: refuses }),
      /set ignore_startup_parameters = statement_timeout,lock_timeout/
    )
    const ignores = await pgBouncer(t, ['pool_mode = session', IGNORES])
    await t.rejects(build(t, { DATABASE_URL: ignores }), /give it to the role/)
  })

  t.test('server and CLI report an unusable pooler without a stack', async (t) => {
    const url = await pgBouncer(t, ['pool_mode = transaction'])
    const env = { ...environment, DATABASE_URL: url }
    for (const [file, argv] of [
      ['src/server.ts', []],
      ['src/cli.ts', ['migrate']]
    ] as const) {
      const { code, stderr } = await start(t, file, [...argv], env).ended
      t.equal(code, 1)
      t.match(stderr, /DATABASE_URL leads to a connection pooler such as PgBouncer/)
      t.notMatch(stderr, /\n {2,}at /, 'there is no stack')
    }
  })
}

t.test('a direct connection to PostgreSQL is always usable', async (t) => {
  const client = postgres(databaseUrl, { max: 1, onnotice: () => {} })
  t.teardown(() => client.end())
  const another = () => t.fail('it opens no other') as never
  await assertUsable(client, another, { prepare: true, needsSession: true, limits: ['statement_timeout'] })
})

/** A fake pooler: a connection begins as process 1 and is then served by these processes in turn. */
function lent(...processes: number[]): postgres.Sql {
  const sql = () => ({
    simple: async () => {
      const pid = processes.length > 1 ? processes.shift() : processes[0]
      return Object.assign([{ pid, statement_timeout: '0', lock_timeout: '0' }], { state: { pid: 1 } })
    }
  })
  const begin = async (work: (tx: unknown) => unknown) => work(sql)
  return Object.assign(sql, { begin, end: async () => {} }) as unknown as postgres.Sql
}

t.test('a pooler is recognised by what its sessions do', async (t) => {
  const find = (
    one: postgres.Sql,
    other: postgres.Sql,
    needs: Parameters<typeof assertUsable>[2] = { prepare: true }
  ) => {
    const others = [one, other]
    return assertUsable(lent(5), () => others.shift() ?? (t.fail('two are enough') as never), needs)
  }
  await t.resolves(find(lent(7), lent(8)), 'each keeps its own')
  await t.rejects(find(lent(7), lent(7)), /in transaction mode/, 'one session is lent to the other')
  await t.rejects(find(lent(7, 8), lent(9)), /in transaction mode/, 'one gets another session')
  await t.resolves(find(lent(7), lent(7), { prepare: false }))
  await t.rejects(
    find(lent(7), lent(7), { prepare: false, needsSession: true }),
    /needs a session of its own/
  )
  for (const limit of ['statement_timeout', 'lock_timeout'] as const)
    await t.rejects(
      find(lent(7), lent(8), { prepare: true, limits: [limit] }),
      new RegExp(`${limit}.*give it to the role`)
    )

  const hangsUp = lent(7)
  hangsUp.begin = () => Promise.reject(new Error('hung up'))
  await t.rejects(find(lent(7), hangsUp), /in statement mode/)
  let isAway = false
  const simple = async () => {
    if (isAway) throw new Error('away')
    return [{ pid: 7 }]
  }
  const one = Object.assign(() => ({ simple }), { end: async () => {} }) as unknown as postgres.Sql
  hangsUp.begin = async () => {
    isAway = true
    throw new Error('hung up')
  }
  await t.rejects(find(one, hangsUp), { message: 'hung up' })
})

t.test('a pooler that refuses the limits is not mistaken for an outage', async (t) => {
  const refusing = (error: Error) =>
    (() => ({ simple: () => Promise.reject(error) })) as unknown as postgres.Sql
  const another = () => t.fail('it opens no other') as never
  const refused = Object.assign(Object.create(postgres.PostgresError.prototype), {
    message: 'unsupported startup parameter: lock_timeout'
  })
  await t.rejects(assertUsable(refusing(refused), another, { prepare: true }), /ignore_startup_parameters/)
  await t.rejects(assertUsable(refusing(new Error('away')), another, { prepare: true }), { message: 'away' })
})
