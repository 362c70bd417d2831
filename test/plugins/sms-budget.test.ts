import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import { SmsUnavailable } from '../../src/errors.ts'
import { build, connectRedis, environment, randomPhone, signUp } from '../helper.ts'
import { until } from '../until.ts'

const HOUR = 3_600
const times = (count: number) => Array.from({ length: count })

/** A service that has sent nothing yet; `past` puts counts into buckets that have gone by. */
async function service(t: Test, changes = {}) {
  const prefix = `${environment.REDIS_KEY_PREFIX}${randomUUID()}:`
  const redis = connectRedis(prefix)
  t.teardown(() => redis.disconnect())
  const built = await build(t, { REDIS_KEY_PREFIX: prefix, SMS_PER_PREFIX_HOUR: '1000', ...changes })
  const past = async (key: string, secondsAgo: number, count: number) => {
    const seconds = Number(key.split(':').at(-1))
    await redis.hset(
      `sms:{all}:${key}`,
      String(Math.floor((Date.now() / 1_000 - secondsAgo) / seconds)),
      count
    )
  }
  const counted = async (key: string) =>
    (await redis.hvals(`sms:{all}:${key}`)).reduce((total, count) => total + Number(count), 0)
  const refusal = async (phone = randomPhone()) => (await built.sendOtp(phone)).json()
  return { ...built, redis, past, counted, refusal }
}

const to90 = 'prefix:+99890'

t.test(
  'a prefix has its codes of an hour, and then waits: OTP_SEND_LIMIT, with a warning that names it',
  async (t) => {
    const { sendOtp, refusal, log } = await service(t, { SMS_PER_PREFIX_HOUR: '3' })
    for (const _ of times(3)) t.equal((await sendOtp(randomPhone())).statusCode, 200)
    const { code, retry_after } = await refusal()
    t.equal(code, 'OTP_SEND_LIMIT')
    t.ok(retry_after >= 1 && retry_after <= 300, 'until the next five minutes begin')
    t.equal((await sendOtp('+998911234567')).statusCode, 200, 'another operator does not wait')
    await refusal()
    const told = log.map((line) => JSON.parse(line)).filter(({ event }) => event === 'sms_prefix_waits')
    t.match(told, [{ level: 40, prefix: '+99890' }])
    t.equal(told.length, 1, 'once a minute')
  }
)

t.test('of parallel sends to one prefix no more go out than it has', async (t) => {
  const { sendOtp } = await service(t, { SMS_PER_PREFIX_HOUR: '10' })
  const replies = await Promise.all(times(40).map(() => sendOtp(randomPhone())))
  t.equal(replies.filter(({ statusCode }) => statusCode === 200).length, 10)
})

t.test('a busy prefix has five times the codes that were used in a usual hour', async (t) => {
  const { past, sendOtp, refusal } = await service(t, { SMS_PER_PREFIX_HOUR: '3' })
  // 24 an hour on one of seven days.
  await past(`${to90}:used:86400`, 86_400, 24 * 7)
  for (const _ of times(5)) t.equal((await sendOtp(randomPhone())).statusCode, 200)
  t.match(await refusal(), { code: 'OTP_SEND_LIMIT' })
})

t.test('codes that nobody uses leave their prefix fifty an hour', async (t) => {
  const { past, refusal, sendOtp } = await service(t)
  await past(`${to90}:sent:3600`, HOUR, 100)
  await past(`${to90}:sent:300`, HOUR - 300, 49)
  t.equal((await sendOtp(randomPhone())).statusCode, 200, 'the fiftieth')
  t.match(await refusal(), { code: 'OTP_SEND_LIMIT' })
  await past(`${to90}:used:3600`, 0, 30)
  t.equal((await sendOtp(randomPhone())).statusCode, 200, '30 % of them were used')
})

t.test(
  'codes that nobody uses are remembered for a day; those that are used keep the door open',
  async (t) => {
    const { past, refusal, sendOtp } = await service(t)
    await past(`${to90}:sent:3600`, 20 * HOUR, 300)
    await past(`${to90}:sent:3600`, 0, 55)
    await past(`${to90}:sent:300`, 0, 55)
    t.match(await refusal(), { code: 'OTP_SEND_LIMIT' })
    await past(`${to90}:used:3600`, 0, 20)
    t.equal((await sendOtp(randomPhone())).statusCode, 200, '55 are fewer than 20 of 30 % would be')
  }
)

t.test('codes that may yet be used say nothing', async (t) => {
  const { past, sendOtp } = await service(t)
  await past(`${to90}:sent:3600`, 0, 500)
  await past(`${to90}:sent:300`, 0, 500)
  t.equal((await sendOtp(randomPhone())).statusCode, 200)
})

t.test('an address whose codes nobody uses has fifty an hour, and others do not wait for it', async (t) => {
  const { past, refusal, address, log, app } = await service(t)
  await past(`address:${address}:sent:3600`, HOUR, 100)
  await past(`address:${address}:sent:300`, HOUR - 300, 50)
  t.match(await refusal(), { code: 'OTP_SEND_LIMIT' })
  t.ok(log.some((line) => line.includes('sms_address_waits') && line.includes(address)))
  const wait = async (from: string) => (await app.smsBudget.take(randomPhone(), from)).held
  t.strictSame(await wait('10.1.2.3'), { stranger: 0 })
  t.match(
    await wait(address),
    { address: /^[1-9]/ },
    'who is known there, but has no device token, waits too'
  )
})

t.test('who signs in from a known address, or with a known device, waits for no prefix', async (t) => {
  const built = await service(t, { SMS_PER_PREFIX_HOUR: '2', OTP_RESEND_SECONDS: '1' })
  const { phone } = await signUp(built)
  const cooled = async () => {
    await until(async () => !(await built.redis.exists(`otp:{${phone}}:cooldown`)))
  }
  await built.sendOtp(randomPhone())
  t.match(await built.refusal(), { code: 'OTP_SEND_LIMIT' })
  await cooled()
  t.equal((await built.sendOtp(phone)).statusCode, 200, 'from where it has signed in')
  const reply = await built.verifyOtp(phone, built.outbox.codeFor(phone))
  const { device_token } = reply.json()
  await cooled()
  const elsewhere = (payload: object) =>
    built.app.inject({ method: 'POST', url: '/api/auth/send-otp/', payload, remoteAddress: '10.7.7.7' })
  t.match((await elsewhere({ phone_number: phone })).json(), { code: 'OTP_SEND_LIMIT' })
  t.equal((await elsewhere({ phone_number: phone, device_token })).statusCode, 200)
})

const COUNTS = ['messages:3600', 'parts:3600', `${to90}:sent:300`, `${to90}:sent:3600`]

t.test('counts outlive what they tell by one bucket', async (t) => {
  const { redis, sendOtp } = await service(t)
  await sendOtp(randomPhone())
  for (const [key, seconds] of [
    [`${to90}:sent:300`, HOUR + 300],
    [`${to90}:sent:3600`, 25 * HOUR]
  ] as const) {
    const ttl = await redis.ttl(`sms:{all}:${key}`)
    t.ok(ttl > seconds - 10 && ttl <= seconds, `${key} lives ${ttl} s`)
  }
})

t.test('what was refused is not counted', async (t) => {
  const { address, counted, refusal, sendOtp } = await service(t, { SMS_PER_PREFIX_HOUR: '2' })
  const phone = randomPhone()
  await sendOtp(phone)
  t.match(await refusal(phone), { code: 'OTP_COOLDOWN' })
  t.equal((await sendOtp(randomPhone())).statusCode, 200)
  t.match(await refusal(), { code: 'OTP_SEND_LIMIT' })
  for (const key of [...COUNTS, `address:${address}:sent:300`, `address:${address}:sent:3600`])
    t.equal(await counted(key), 2, key)
})

t.test('what no gateway took is not counted', async (t) => {
  const { app, counted, refusal } = await service(t)
  app.sms.send = async () => {
    throw SmsUnavailable(undefined)
  }
  t.match(await refusal(), { code: 'SMS_UNAVAILABLE', retry_after: 1 })
  for (const key of COUNTS) t.equal(await counted(key), 0, key)
})

t.test('a code that was used is counted for its prefix, its address and the day', async (t) => {
  const built = await service(t)
  await signUp(built)
  for (const key of [`${to90}:used:3600`, `address:${built.address}:used:3600`, `${to90}:used:86400`]) {
    await until(async () => (await built.counted(key)) > 0)
    t.equal(await built.counted(key), 1, key)
  }
})

for (const [what, changes] of Object.entries({
  messages: { SMS_PER_DAY: '2', SMS_KEPT_BACK_PERCENT: '0' },
  money: { SMS_PRICE: '0.05', SMS_BUDGET_PER_DAY: '0.1', SMS_KEPT_BACK_PERCENT: '0' }
})) {
  t.test(
    `a service that has spent its day in ${what} sends nothing: SMS_UNAVAILABLE, and somebody is paged`,
    async (t) => {
      const built = await service(t, changes)
      const { phone } = await signUp(built)
      t.equal((await built.sendOtp(randomPhone())).statusCode, 200)
      const reply = await built.sendOtp(randomPhone())
      t.match(reply.json(), { statusCode: 503, code: 'SMS_UNAVAILABLE' })
      const { retry_after } = reply.json()
      t.equal(reply.headers['retry-after'], String(retry_after))
      const sinceTheHour = (Date.now() / 1_000 + retry_after) % HOUR
      t.ok(Math.min(sinceTheHour, HOUR - sinceTheHour) < 5, 'when the next hour begins')
      await built.redis.del(`otp:{${phone}}:cooldown`, `otp:{${phone}}:address:cooldown`)
      t.match(
        await built.refusal(phone),
        { code: 'SMS_UNAVAILABLE' },
        'known or not: it is the service that pays'
      )
      t.equal(await built.counted('messages:3600'), 2)
      const pages = built.log
        .map((line) => JSON.parse(line))
        .filter(({ event }) => event === 'sms_budget_spent')
      t.match(pages, [{ level: 50 }])
      t.equal(pages.length, 1, 'once a minute')

      const [hour = ''] = await built.redis.hkeys('sms:{all}:messages:3600')
      for (const key of ['messages', 'parts']) {
        await built.redis.hset(`sms:{all}:${key}:3600`, String(Number(hour) - 25), 2)
        await built.redis.hdel(`sms:{all}:${key}:3600`, hour)
      }
      t.equal((await built.sendOtp(randomPhone())).statusCode, 200, 'a day later')
    }
  )
}

t.test(
  'the last fifth of the SMS budget is for who has signed in before, and somebody is paged',
  async (t) => {
    const built = await service(t, { SMS_PER_DAY: '5', OTP_RESEND_SECONDS: '1' })
    const { phone } = await signUp(built)
    for (const _ of times(3)) t.equal((await built.sendOtp(randomPhone())).statusCode, 200)
    t.match(await built.refusal(), { code: 'OTP_SEND_LIMIT' })
    await until(async () => !(await built.redis.exists(`otp:{${phone}}:cooldown`)))
    t.equal((await built.sendOtp(phone)).statusCode, 200)
    t.match(await built.refusal(), { code: 'SMS_UNAVAILABLE' })
    const pages = built.log.map((line) => JSON.parse(line)).filter(({ level }) => level === 50)
    t.match(pages, [{ event: 'sms_budget_low' }, { event: 'sms_budget_spent' }])
  }
)

t.test('an SMS is given back where it was counted, also after its bucket is over', async (t) => {
  const { app, counted, redis } = await service(t)
  const phone = '+998901234567'
  await app.smsBudget.take(phone, '10.0.0.1')
  const { giveBack } = await app.smsBudget.take(phone, '10.0.0.1')
  const earlier = String(Math.floor(Date.now() / 3_600_000) - 1)
  await redis.hset('sms:{all}:messages:3600', earlier, 7)
  await giveBack()
  t.equal(await counted('messages:3600'), 8)
  for (const key of COUNTS.slice(1)) t.equal(await counted(key), 1, key)
})
