import t, { type Test } from 'tap'
import { isOutage } from '../../src/outage.ts'
import { createClient } from '../../src/redis/client.ts'
import { confirmByReplicas, WriteUnconfirmed } from '../../src/redis/confirmation.ts'
import { defineStep } from '../../src/redis/step.ts'
import { build, randomPhone, wrongCode } from '../helper.ts'
import { createRedisProcess, withRedis } from '../redis-process.ts'
import { until } from '../until.ts'

const portOf = (url: string) => Number(new URL(url).port)

/** A primary, and a replica that follows it when told to. */
async function createPair(t: Test) {
  const [primary, replica] = [
    await createRedisProcess(t),
    await createRedisProcess(t, ['--dir', t.testdir()])
  ]
  const follow = async () => {
    await replica.client.replicaof('127.0.0.1', portOf(primary.url))
    await until(async () => (await primary.client.wait(1, 50)) === 1)
  }
  return { ...primary, follow, unfollow: () => replica.client.replicaof('NO', 'ONE') }
}

withRedis(
  'a code is spent once the replicas have it; until then it opens nothing and is not lost',
  async (t) => {
    const { url, follow, unfollow } = await createPair(t)
    const { sendOtp, verifyOtp, outbox } = await build(t, {
      REDIS_URL: url,
      REDIS_TIMEOUT_MS: '2000',
      REDIS_WAIT_REPLICAS: '1'
    })
    const phone = randomPhone()
    await sendOtp(phone)
    const verify = () => verifyOtp(phone, outbox.codeFor(phone))
    const refused = await verify()
    t.match(refused.json(), { statusCode: 503, code: 'SERVICE_UNAVAILABLE', retry_after: 1 })
    t.match(refused.headers, { 'retry-after': '1' })
    t.notOk(refused.json().access)

    await follow()
    t.equal((await verify()).statusCode, 200)
    t.equal((await verify()).statusCode, 401, 'and works once')

    await unfollow()
    const other = randomPhone()
    t.equal((await sendOtp(other)).statusCode, 200, 'sending a code needs no confirmation')
    t.equal(
      (await verifyOtp(other, wrongCode(outbox.codeFor(other)))).statusCode,
      503,
      'a guess is not judged without one'
    )
  }
)

withRedis('concurrent steps are confirmed together, each with its own reply', async (t) => {
  const { url, client, follow } = await createPair(t)
  await follow()
  const redis = createClient({ url, cluster: false, keyPrefix: '', timeoutMs: 2_000 })
  t.teardown(() => redis.disconnect())
  confirmByReplicas(redis, { waitReplicas: 1, timeoutMs: 2_000 })
  const take = defineStep<number>()(redis, 'window-take', {
    keys: ['window'],
    args: { name: String, places: Number, seconds: Number },
    mustLast: true
  })
  await redis.connect()
  await client.config('RESETSTAT')
  const waits = await Promise.all(
    Array.from({ length: 20 }, (_, place) =>
      take({ window: 'one' }, { name: `n${place}`, places: 5, seconds: 60 })
    )
  )
  t.strictSame(
    waits.slice(0, 6).map((wait) => wait > 0),
    [false, false, false, false, false, true]
  )
  t.match(await client.info('commandstats'), /cmdstat_wait:calls=1,/)

  await client.replicaof('127.0.0.1', 1)
  const late = take({ window: 'two' }, { name: 'n', places: 5, seconds: 60 })
  await t.rejects(late, { name: 'ReplyError', message: /READONLY/ }, 'a failed step is reported before that')
})

t.test('a Redis without replicas confirms nothing, and an unreachable one is an outage', async (t) => {
  const url = process.env.TEST_REDIS_URL ?? ''
  const redis = createClient({ url, cluster: false, keyPrefix: 'test:confirmation:', timeoutMs: 200 })
  redis.on('error', () => {})
  confirmByReplicas(redis, { waitReplicas: 100, timeoutMs: 200 })
  const take = defineStep<number>()(redis, 'window-take', {
    keys: ['window'],
    args: { name: String, places: Number, seconds: Number },
    mustLast: true
  })
  await redis.connect()
  const call = () => take({ window: '{one}' }, { name: 'n', places: 5, seconds: 1 })
  const [first, beside] = [call(), call()]
  await t.rejects(first, WriteUnconfirmed)
  await t.rejects(beside, WriteUnconfirmed)
  redis.disconnect()
  t.ok(isOutage(await call().catch((error: unknown) => error)))
})
