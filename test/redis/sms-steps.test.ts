import Fastify from 'fastify'
import t from 'tap'
import redisPlugin from '../../src/plugins/redis.ts'
import { carrierKey, reportKey, smsSteps, statisticsKey } from '../../src/redis/sms-steps.ts'
import { environment, randomPhone } from '../helper.ts'
import { until } from '../until.ts'

const app = Fastify().register(redisPlugin, {
  url: environment.REDIS_URL,
  cluster: environment.REDIS_CLUSTER === 'true',
  keyPrefix: environment.REDIS_KEY_PREFIX,
  timeoutMs: 5_000,
  waitReplicas: 0
})
await app.ready()
t.teardown(() => app.close())
const { put, claim, take, drop } = smsSteps(app.redis)
/** Longer than a test, where nothing else is said (seconds). */
const LEASE = 60

t.test('a message is claimed only when due, and only once', async (t) => {
  const phone = randomPhone()
  await put(phone, 'sealed', 0.1)
  t.equal(await claim(LEASE), null)
  let claimed: unknown[] = []
  await until(async () => {
    claimed = await Promise.all(Array.from({ length: 10 }, () => claim(LEASE)))
    return claimed.some((message) => message !== null)
  })
  const found = claimed.filter((message) => message !== null)
  t.strictSame(found, [[phone, 'sealed']])
  t.equal(await take(phone, 'sealed'), 1)
  t.equal(await take(phone, 'sealed'), 0, 'once')
})

t.test('a message whose claimer died is claimed again after the lease', async (t) => {
  const phone = randomPhone()
  await put(phone, 'sealed', 0)
  t.strictSame(await claim(0.1), [phone, 'sealed'])
  t.equal(await claim(LEASE), null)
  await until(async () => (await claim(LEASE)) !== null)
  await drop(phone)
})

t.test('a newer message to a number replaces the one before, even if that is claimed', async (t) => {
  const phone = randomPhone()
  await put(phone, 'old', 0)
  t.strictSame(await claim(LEASE), [phone, 'old'])
  await put(phone, 'new', 0)
  t.equal(await take(phone, 'old'), 0)
  t.strictSame(await claim(LEASE), [phone, 'new'])
  await drop(phone)
  t.equal(await claim(LEASE), null)
})

t.test('a delivered message is forgotten, even if claimed, and no other is', async (t) => {
  const [phone, other] = [randomPhone(), randomPhone()]
  await put(phone, 'one', 0)
  await claim(LEASE)
  await put(other, 'two', 0)
  t.equal(await drop(phone), 1)
  t.equal(await drop(phone), 0)
  t.equal(await take(phone, 'one'), 0)
  t.strictSame(await claim(LEASE), [other, 'two'])
  await drop(other)
})

t.test('keys are named by what they are for', async (t) => {
  t.equal(statisticsKey(new Date('2026-11-27T23:59:59Z')), 'sms:statistics:2026-11-27')
  t.equal(carrierKey('+998901234567'), 'sms:carrier:{+998901234567}')
  t.equal(reportKey('eskiz', 'a1', 'delivered'), 'sms:report:{eskiz:a1}:delivered')
})
