import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { build, randomPhone, signUp, wrongCode } from '../helper.ts'
import { createProxy } from '../proxy.ts'
import { until } from '../until.ts'

const folders = (process.env.PATH ?? '').split(delimiter)
const isInstalled = (program: string) => folders.some((folder) => existsSync(join(folder, program)))

/** Skipped where no Redis server is installed: Redis runs elsewhere then. */
if (isInstalled('redis-server') && isInstalled('redis-cli')) {
  const { freePort } = await import('../../scripts/find-redis.ts')
  const { startCluster } = await import('../../scripts/redis-cluster.ts')
  const cluster = await startCluster()
  t.teardown(cluster.close)
  const admin = new Redis(cluster.url)
  const admins = [admin, ...cluster.urls.filter((url) => url !== cluster.url).map((url) => new Redis(url))]
  t.teardown(() => admins.map((admin) => admin.disconnect()))
  const onEveryNode = <T>(work: (admin: Redis) => Promise<T>) => Promise.all(admins.map(work))
  /** The app on the cluster, given the URL of one node. */
  const buildOn = (t: Test, url = cluster.url) => build(t, { REDIS_URL: url, REDIS_CLUSTER: 'true' })

  t.test('citizens sign in whichever cluster node holds their number', async (t) => {
    const built = await buildOn(t)
    const citizens = await Promise.all(Array.from({ length: 30 }, () => signUp(built)))
    t.ok(citizens.every(({ access }) => access))
    t.ok((await onEveryNode((admin) => admin.dbsize())).every((size) => Number(size) > 0))
  })

  t.test('parallel guesses are limited on a cluster as on a single server', async (t) => {
    const { sendOtp, verifyOtp, outbox } = await buildOn(t)
    const phone = randomPhone()
    await sendOtp(phone)
    const wrong = wrongCode(outbox.codeFor(phone))
    const replies = await Promise.all(Array.from({ length: 20 }, () => verifyOtp(phone, wrong)))
    t.strictSame(replies.map((reply) => reply.json().attempts_left).sort(), [
      ...Array.from({ length: 16 }, () => 0),
      1,
      2,
      3,
      4
    ])
  })

  t.test('every node gets the user and password of REDIS_URL', async (t) => {
    const parts = { hostname: 'localhost', username: 'auth', password: 'a secret' }
    const url = Object.assign(new URL(cluster.url), parts).href
    await onEveryNode((admin) => admin.call('ACL', 'SETUSER', 'auth', 'on', '>a secret', '~*', '&*', '+@all'))
    await onEveryNode((admin) => admin.call('ACL', 'SETUSER', 'default', 'off'))
    t.teardown(() => onEveryNode((admin) => admin.call('ACL', 'SETUSER', 'default', 'on')))
    const built = await buildOn(t, url)
    await Promise.all(Array.from({ length: 10 }, () => signUp(built)))
    await t.rejects(buildOn(t), { message: /^No Redis Cluster answers at / })
  })

  t.test('a cluster is found through any node in REDIS_URL, even if the first ones are dead', async (t) => {
    const dead = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`]
    const built = await buildOn(t, `redis://${[...dead, new URL(cluster.url).host].join()}`)
    t.ok((await signUp(built)).access)
    t.match((await built.app.inject('/health/ready')).json(), { redis: 'up' })
    await t.rejects(buildOn(t, `redis://${dead.join()}`), { message: /^No Redis Cluster answers at / })
  })

  t.test('the service starts even if the first node in REDIS_URL hangs', async (t) => {
    const proxy = await createProxy(t, '127.0.0.1', Number(new URL(cluster.url).port))
    proxy.hang()
    const hosts = [proxy.url(cluster.url), cluster.url].map((url) => new URL(url).host)
    const built = await buildOn(t, `redis://${hosts.join()}`)
    t.ok((await signUp(built)).access)
  })

  t.test('startup fails if one cluster node may evict keys', async (t) => {
    await admin.config('SET', 'maxmemory-policy', 'allkeys-lru')
    t.teardown(() => admin.config('SET', 'maxmemory-policy', 'noeviction'))
    await t.rejects(buildOn(t), { message: /its maxmemory-policy is allkeys-lru/ })
  })

  t.test('while a cluster hangs, calls get a 503 within a second; recovery is automatic', async (t) => {
    const { app, sendOtp } = await buildOn(t)
    await onEveryNode((admin) => admin.client('PAUSE', 1_500, 'ALL'))
    const start = performance.now()
    const calls = Array.from({ length: 20 }, () => sendOtp(randomPhone()))
    for (const reply of await Promise.all(calls)) t.match(reply.json(), { code: 'SERVICE_UNAVAILABLE' })
    t.ok(performance.now() - start < 1_000, 'within a second')
    t.match((await app.inject('/health/ready')).json(), { statusCode: 503, redis: 'down' })
    await until(async () => (await app.inject('/health/ready')).statusCode === 200)
    t.equal((await sendOtp(randomPhone())).statusCode, 200)
  })

  t.test('calls soon work again after a cluster ends every connection', async (t) => {
    const { sendOtp } = await buildOn(t)
    await onEveryNode((admin) => admin.call('CLIENT', 'KILL', 'SKIPME', 'yes', 'TYPE', 'normal'))
    for (let row = 0; row < 10; ) {
      const { statusCode } = await sendOtp(randomPhone())
      t.ok([200, 503].includes(statusCode), String(statusCode))
      row = statusCode === 200 ? row + 1 : 0
      if (row === 0) await wait(50)
    }
  })

  t.test('a number is refused while its slot moves to another node, and keeps its guess count', async (t) => {
    const { sendOtp, verifyOtp, outbox } = await buildOn(t)
    const phone = randomPhone()
    await sendOtp(phone)
    const guess = async () => (await verifyOtp(phone, wrongCode(outbox.codeFor(phone)))).json()
    t.match(await guess(), { attempts_left: 4 })

    const slot = await admin.cluster('KEYSLOT', `{${phone}}`)
    const counts = await onEveryNode((admin) => admin.cluster('COUNTKEYSINSLOT', slot))
    const from = admins[counts.findIndex((count) => count > 0)] ?? admin
    const to = admins.find((admin) => admin !== from) ?? admin
    const [fromId, toId] = [await from.cluster('MYID'), await to.cluster('MYID')]
    await to.cluster('SETSLOT', slot, 'IMPORTING', fromId)
    await from.cluster('SETSLOT', slot, 'MIGRATING', toId)
    const keys = await from.cluster('GETKEYSINSLOT', slot, 100)
    await from.migrate('127.0.0.1', to.options.port ?? 0, '', 0, 1_000, 'KEYS', ...keys)

    const start = performance.now()
    t.match(await guess(), { code: 'SERVICE_UNAVAILABLE' })
    t.ok(performance.now() - start < 1_000, 'within a second')
    await onEveryNode((admin) => admin.cluster('SETSLOT', slot, 'NODE', toId))
    t.match(await guess(), { attempts_left: 3 })
  })

  t.test('an incomplete cluster fails readiness, and a service cannot start on it', async (t) => {
    const { app } = await buildOn(t)
    await onEveryNode((admin) => admin.flushall())
    await onEveryNode((admin) => admin.cluster('FLUSHSLOTS'))
    t.match((await app.inject('/health/ready')).json(), { statusCode: 503, redis: 'down' })
    await t.rejects(buildOn(t), { message: /^No Redis Cluster answers at / })
  })

  t.test('starting a cluster without Redis installed fails with a clear message', async (t) => {
    await t.rejects(startCluster({ PATH: '' }), { message: /needs redis-server and redis-cli/ })
  })
}
