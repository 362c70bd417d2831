import t, { type Test } from 'tap'
import { build, randomPhone, signUp } from '../helper.ts'
import { createProxy } from '../proxy.ts'
import { createRedisProcess, withRedis } from '../redis-process.ts'
import { until } from '../until.ts'

/** The app behind a proxy that can cut it off from Redis. */
async function buildBehindProxy(t: Test) {
  const url = process.env.TEST_REDIS_URL ?? ''
  const { hostname, port } = new URL(url)
  const proxy = await createProxy(t, hostname, Number(port))
  return { proxy, ...(await build(t, { REDIS_URL: proxy.url(url) })) }
}

type Call = () => Promise<{ statusCode: number }>

/** Calls until the service answers with this status. */
const answers = (statusCode: number, call: Call) =>
  until(async () => (await call()).statusCode === statusCode)

for (const fault of ['refuse', 'hang'] as const) {
  t.test(
    `without Redis (${fault}) calls get a 503 within a second, and the service recovers by itself`,
    async (t) => {
      const { proxy, sendOtp, verifyOtp, staffLogin, outbox } = await buildBehindProxy(t)
      const phone = randomPhone()
      await sendOtp(phone)
      const calls = [
        () => sendOtp(randomPhone()),
        () => verifyOtp(phone, outbox.codeFor(phone)),
        () => staffLogin(phone, 'some password')
      ]
      await proxy[fault]()

      const start = performance.now()
      const replies = await Promise.all(Array.from({ length: 30 }, (_, i) => calls[i % 3]?.()))
      t.ok(performance.now() - start < 1_000, 'within a second')
      for (const reply of replies) {
        t.match(reply?.json(), { statusCode: 503, code: 'SERVICE_UNAVAILABLE', retry_after: 1 })
        t.equal(reply?.headers['retry-after'], '1')
      }

      await proxy.forward()
      await answers(200, () => sendOtp(randomPhone()))
      t.equal((await verifyOtp(phone, outbox.codeFor(phone))).statusCode, 200, 'the code survived the outage')
    }
  )
}

withRedis('a right code that Redis judges too late stays valid', async (t) => {
  const { url, client } = await createRedisProcess(t)
  const { sendOtp, verifyOtp, outbox } = await build(t, { REDIS_URL: url })
  const phone = randomPhone()
  await sendOtp(phone)
  const verify = () => verifyOtp(phone, outbox.codeFor(phone))
  // The SMS statistics are written a moment after the send; the next commands would wait for them.
  await until(async () => (await client.keys('*sms:statistics*')).length > 0)
  await client.call('CLIENT', 'PAUSE', '20000', 'WRITE')
  t.equal((await verify()).statusCode, 503)
  await client.call('CLIENT', 'UNPAUSE')
  await answers(200, verify)
  t.equal((await verify()).statusCode, 401, 'and works once')
})

t.test('a signed-in citizen does not need Redis', async (t) => {
  const built = await buildBehindProxy(t)
  const { access } = await signUp(built)
  await built.proxy.refuse()
  t.equal((await built.me(access)).statusCode, 200)
  t.equal((await built.patchProfile(access, { full_name: 'Ali' })).statusCode, 200)
})

withRedis('a demoted Redis is left for the new primary even if no connection was cut', async (t) => {
  const [old, next] = [await createRedisProcess(t), await createRedisProcess(t)]
  const port = (url: string) => Number(new URL(url).port)
  const proxy = await createProxy(t, '127.0.0.1', port(old.url))
  const built = await build(t, { REDIS_URL: proxy.url(old.url), REDIS_ALLOW_EVICTION: 'true' })
  t.equal((await built.sendOtp(randomPhone())).statusCode, 200)
  proxy.leadTo('127.0.0.1', port(next.url))
  await old.client.replicaof('127.0.0.1', port(next.url))
  t.equal((await built.sendOtp(randomPhone())).statusCode, 503)
  await answers(200, () => built.sendOtp(randomPhone()))
  t.equal((await built.app.inject('/health/ready')).statusCode, 200)
  t.ok((await next.client.keys('*')).length > 0, 'which has the code now')
})

t.test('a service that cannot reach its Redis does not start', async (t) => {
  await t.rejects(build(t, { REDIS_URL: 'redis://127.0.0.1:1' }), {
    message: 'Redis does not answer at 127.0.0.1:1 (REDIS_URL).'
  })
})

t.test('REDIS_CLUSTER with a single or unreachable Redis fails at startup with one sentence', async (t) => {
  for (const url of [process.env.TEST_REDIS_URL ?? '', 'redis://127.0.0.1:1']) {
    await t.rejects(build(t, { REDIS_URL: url, REDIS_CLUSTER: 'true' }), {
      message: `No Redis Cluster answers at ${new URL(url).host} (REDIS_URL, REDIS_CLUSTER).`
    })
  }
})
