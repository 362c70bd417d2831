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
  timeoutMs: 5_000
})
await app.ready()
t.teardown(() => app.close())
const { put, claim, drop } = smsSteps(app.redis)

t.test('a message is claimed when its time has come, not before, and once', async (t) => {
  const phone = randomPhone()
  await put(phone, 'sealed', 0.1)
  t.equal(await claim(), null)
  let claimed: (string | null)[] = []
  await until(async () => {
    claimed = await Promise.all(Array.from({ length: 10 }, claim))
    return claimed.some((message) => message !== null)
  })
  t.strictSame(
    claimed.filter((message) => message !== null),
    ['sealed']
  )
  t.equal(await claim(), null)
})

t.test('a newer message of a number takes the place of the one before', async (t) => {
  const phone = randomPhone()
  await put(phone, 'old', 0)
  await put(phone, 'new', 0)
  t.strictSame([await claim(), await claim()], ['new', null])
})

t.test('a message that has arrived is forgotten, and nobody else’s', async (t) => {
  const [phone, other] = [randomPhone(), randomPhone()]
  await put(phone, 'one', 0)
  await put(other, 'two', 0)
  t.equal(await drop(phone), 1)
  t.equal(await drop(phone), 0)
  t.strictSame([await claim(), await claim()], ['two', null])
})

t.test('names say what they are for', async (t) => {
  t.equal(statisticsKey(new Date('2026-11-27T23:59:59Z')), 'sms:statistics:2026-11-27')
  t.equal(carrierKey('+998901234567'), 'sms:carrier:{+998901234567}')
  t.equal(reportKey('eskiz', 'a1', 'delivered'), 'sms:report:{eskiz:a1}:delivered')
})
