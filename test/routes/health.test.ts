import t from 'tap'
import { migrate } from '../../src/db/migrate.ts'
import { databaseUrl } from '../database.ts'
import { emptyDatabase } from '../db/empty-database.ts'
import { build, randomPhone, signUp } from '../helper.ts'
import { createProxy } from '../proxy.ts'
import { createRedisProcess, withRedis } from '../redis-process.ts'
import { until } from '../until.ts'

t.test('live and ready say ok while both stores answer', async (t) => {
  const { app } = await build(t)
  t.strictSame((await app.inject('/health/live')).json(), { status: 'ok' })
  t.match((await app.inject('/health/ready/')).json(), { status: 'ok', postgresql: 'up', redis: 'up' })
})

t.test('ready and serving fail while the service drains, and live stays ok', async (t) => {
  const { app } = await build(t)
  await app.drain(0)
  t.match((await app.inject('/health/ready')).json(), { statusCode: 503, code: 'SERVICE_UNAVAILABLE' })
  t.match((await app.inject('/health/serving')).json(), { statusCode: 503, code: 'SERVICE_UNAVAILABLE' })
  t.equal((await app.inject('/health/live')).statusCode, 200)
})

for (const [store, setting, original] of [
  ['postgresql', 'DATABASE_URL', databaseUrl],
  ['redis', 'REDIS_URL', process.env.TEST_REDIS_URL ?? '']
] as const) {
  t.test(`ready names ${store} when it is away or silent, while live and serving stay ok`, async (t) => {
    const { hostname, port } = new URL(original)
    const proxy = await createProxy(t, hostname, Number(port))
    const { app } = await build(t, { [setting]: proxy.url(original) })
    for (const fault of ['hang', 'refuse'] as const) {
      await proxy[fault]()
      const reply = await app.inject('/health/ready')
      const expected = { statusCode: 503, code: 'NOT_READY', postgresql: 'up', redis: 'up', [store]: 'down' }
      t.match(reply.json(), expected)
      t.equal(reply.headers['retry-after'], '1')
      t.equal((await app.inject('/health/live')).statusCode, 200)
      t.equal(
        (await app.inject('/health/serving')).statusCode,
        200,
        'requests that need only the other store are served'
      )
    }
  })
}

const ready = async ({ app }: Awaited<ReturnType<typeof build>>) => (await app.inject('/health/ready')).json()

withRedis('ready reports a Redis that refuses writes: read-only, full or short of replicas', async (t) => {
  const { url, client } = await createRedisProcess(t)
  const built = await build(t, { REDIS_URL: url })
  const set = (name: string, value: string) => client.config('SET', name, value)
  for (const [what, break_, mend] of [
    ['read-only', () => client.replicaof('127.0.0.1', 1), () => client.replicaof('NO', 'ONE')],
    ['full', () => set('maxmemory', '1'), () => set('maxmemory', '0')],
    ['short of replicas', () => set('min-replicas-to-write', '1'), () => set('min-replicas-to-write', '0')]
  ] as const) {
    await break_()
    t.match(await ready(built), { statusCode: 503, code: 'NOT_READY', redis: 'down', postgresql: 'up' }, what)
    t.match((await built.sendOtp(randomPhone())).json(), { statusCode: 503 }, what)
    await mend()
    await until(async () => (await ready(built)).status === 'ok')
  }
})

t.test('ready reports a read-only PostgreSQL', async (t) => {
  const built = await build(t, { DATABASE_POOL_MAX: '1' })
  await built.app.db.execute('set default_transaction_read_only = on')
  // Embedded PostgreSQL has one session for all connections.
  t.teardown(() => built.app.db.execute('set default_transaction_read_only = off'))
  t.match(await ready(built), { statusCode: 503, code: 'NOT_READY', postgresql: 'read_only', redis: 'up' })
})

t.test('calls are MIGRATIONS_PENDING and no SMS is sent until the migrations are applied', async (t) => {
  const url = await emptyDatabase(t)
  const built = await build(t, { DATABASE_URL: url, DEBUG: 'true' })
  const phone = randomPhone()
  const pending = { statusCode: 503, code: 'MIGRATIONS_PENDING', retry_after: 1 }
  t.match(await ready(built), pending)
  t.match((await built.app.inject('/health/serving')).json(), pending)
  t.match((await built.sendOtp(phone)).json(), pending)
  t.strictSame(built.outbox.textsTo(phone), [])
  t.match((await built.verifyOtp(phone, '1111')).json(), pending)
  t.match((await built.staffLogin(phone, 'some password')).json(), pending)
  // Tokens signed with the same keys.
  const { access, refresh } = await signUp(await build(t))
  t.match((await built.refresh(refresh)).json(), pending)
  t.match((await built.logout(refresh)).json(), pending)
  t.match((await built.me(access)).json(), pending)
  t.match((await built.listSessions(access)).json(), pending)
  t.match((await built.patchProfile(access, { full_name: 'Olim' })).json(), pending)
  t.match(built.log.join(''), /"event":"migrations_pending".*migrate/, 'the log says at start what to run')
  await migrate(url)
  t.match(await ready(built), { status: 'ok' })
  t.strictSame((await built.app.inject('/health/serving')).json(), { status: 'ok' })
  t.match((await built.verifyOtp(phone, '1111')).json(), { is_new_user: true })
})
