import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import { build, connectRedis, environment, randomPhone, signUp, wrongCode } from '../helper.ts'
import { until } from '../until.ts'

const HOUR = 3_600_000
const FAILURES = 'breaker:{all}:failures:3600'

/** A service of its own, with so many failed guesses and sign-ins in hours gone by; `fail` guesses wrongly. */
async function service(
  t: Test,
  {
    changes = {},
    past = (_hoursAgo: number): number => 0,
    signIns = 1_000,
    prefix = `${environment.REDIS_KEY_PREFIX}${randomUUID()}:`
  } = {}
) {
  const redis = connectRedis(prefix)
  t.teardown(() => redis.disconnect())
  const hour = Math.floor(Date.now() / HOUR)
  for (let ago = 1; ago <= 191; ago++) {
    if (past(ago)) await redis.hset(FAILURES, String(hour - ago), past(ago))
    await redis.hset('breaker:{all}:sign-ins:3600', String(hour - ago), signIns)
  }
  const built = await build(t, {
    REDIS_KEY_PREFIX: prefix,
    STRICT_MODE: 'auto',
    BREAKER_CHECK_MS: '20',
    ...changes
  })
  const fail = async (count: number) => {
    for (let time = 0; time < count; time++) await built.app.breaker.noteFailure()
    return built.app.breaker.isStrict()
  }
  return { ...built, redis, prefix, fail }
}

t.test('more than twenty failed guesses in ten minutes make a quiet service strict', async (t) => {
  const { fail, log } = await service(t)
  t.equal(await fail(20), false)
  t.equal(await fail(1), true)
  t.equal(await fail(10), true)
  const told = log.map((line) => JSON.parse(line)).filter(({ event }) => event?.startsWith('strict'))
  t.match(told, [{ level: 40, event: 'strict_mode_entered', times: 1 }])
  t.equal(told.length, 1)
})

t.test('a busy service takes four times what is usual for this hour', async (t) => {
  // 60 in this hour of each of the seven days before are 10 in ten minutes.
  const { fail } = await service(t, { past: (ago) => (ago % 24 === 0 ? 60 : 0) })
  t.equal(await fail(40), false)
  t.equal(await fail(1), true)
})

t.test('low and slow is seen in a day: more than 150 % of the usual', async (t) => {
  // 20 an hour are 480 a day; in the 23 hours before this one there were 30 each. The hour before them counts too, lest a
  // day that does not begin with an hour holds more.
  const { fail } = await service(t, { past: (ago) => (ago < 24 ? 30 : 20) })
  t.equal(await fail(10), false, '23 x 30 + 20 + 10 = 720')
  t.equal(await fail(1), true)
})

t.test('more failures than sign-ins explain are not usual, however long they have been there', async (t) => {
  // 20 an hour, but only 100 sign-ins: ten of them would be usual, 240 a day. 23 x 14 + 20 + 18 = 360.
  const { fail } = await service(t, { past: (ago) => (ago < 24 ? 14 : 20), signIns: 100 })
  t.equal(await fail(18), false)
  t.equal(await fail(1), true)
})

t.test('in ten minutes too', async (t) => {
  // 300 in this hour of each day would allow 200; 60 of 600 sign-ins allow 40.
  const { fail } = await service(t, { past: (ago) => (ago % 24 === 0 ? 300 : 0), signIns: 600 })
  t.equal(await fail(40), false)
  t.equal(await fail(1), true)
})

t.test('each code that was used is a sign-in of its hour, and a wrong guess is none', async (t) => {
  const built = await service(t)
  const phone = randomPhone()
  await built.sendOtp(phone)
  const code = built.outbox.codeFor(phone)
  await built.verifyOtp(phone, wrongCode(code))
  await built.verifyOtp(phone, code)
  const hour = String(Math.floor(Date.now() / HOUR))
  await until(async () => (await built.redis.hget('breaker:{all}:sign-ins:3600', hour)) !== null)
  t.equal(await built.redis.hget('breaker:{all}:sign-ins:3600', hour), '1')
})

t.test('in the first days a hundred a day are allowed', async (t) => {
  const { fail } = await service(t, { past: (ago) => (ago < 10 ? 10 : 0) })
  t.equal(await fail(10), false)
  t.equal(await fail(1), true)
})

t.test('strict mode lasts its time, and longer while there is more than half of too much', async (t) => {
  const { app, fail, log, redis } = await service(t, { changes: { STRICT_SECONDS: '1' } })
  await fail(21)
  const minutes = 'breaker:{all}:failures:60'
  const minute = Math.floor(Date.now() / 60_000)
  await redis.del(minutes)
  await redis.hset(minutes, String(minute), 10)
  await redis.pexpire('breaker:{all}:strict', 300)
  await fail(1)
  t.ok((await redis.pttl('breaker:{all}:strict')) > 300, 'eleven are more than half of twenty')
  await redis.del(minutes)
  await fail(1)
  await until(() => !app.breaker.isStrict())
  t.ok(log.some((line) => line.includes('strict_mode_left')))
})

t.test('what one process sees, all know', async (t) => {
  const one = await service(t)
  const other = await service(t, { prefix: one.prefix })
  await Promise.all([one.fail(11), other.fail(10)])
  await until(() => one.app.breaker.isStrict() && other.app.breaker.isStrict())
  const late = await service(t, { prefix: one.prefix })
  t.equal(late.app.breaker.isStrict(), true, 'also who starts later')
})

t.test('counters of a week ago are forgotten', async (t) => {
  const { fail, redis } = await service(t, { past: () => 5 })
  await redis.hset(FAILURES, String(Math.floor(Date.now() / HOUR) - 400), 9)
  await fail(1)
  t.equal(await redis.hlen(FAILURES), 192)
})

t.test('in strict mode strangers get six digits, and nobody is refused', async (t) => {
  const { sendOtp, verifyOtp, outbox } = await service(t, { changes: { STRICT_MODE: 'on' } })
  const phone = randomPhone()
  t.match((await sendOtp(phone)).json(), { code_length: 6 })
  const code = outbox.codeFor(phone)
  t.match((await verifyOtp(phone, wrongCode(code))).json(), { attempts_left: 4 })
  t.match((await verifyOtp(phone, code)).json(), { is_new_user: true })
})

t.test(
  'in strict mode a first sign-in where somebody has signed in gets four digits, until it is guessed there',
  async (t) => {
    const { sendOtp, verifyOtp, outbox, address, redis } = await service(t, {
      changes: { STRICT_MODE: 'on', ADDRESS_FAILURES_PER_DAY: '5' }
    })
    const [first, second, third] = [randomPhone(), randomPhone(), randomPhone()]
    await sendOtp(first)
    await verifyOtp(first, outbox.codeFor(first))
    await until(async () => (await redis.zcard(`address:{${address}}:signed-in`)) === 1)
    t.match((await sendOtp(second)).json(), { code_length: 4 })
    const code = outbox.codeFor(second)
    t.match((await verifyOtp(second, code)).json(), { is_new_user: true })
    for (let guess = 0; guess < 5; guess++) {
      const victim = randomPhone()
      await sendOtp(victim)
      await verifyOtp(victim, wrongCode(outbox.codeFor(victim)))
    }
    t.match((await sendOtp(third)).json(), { code_length: 6 })
  }
)

t.test('in strict mode an address where nobody has signed in fails twice', async (t) => {
  const { sendOtp, verifyOtp, outbox } = await service(t, { changes: { STRICT_MODE: 'on' } })
  const phone = randomPhone()
  await sendOtp(phone)
  const wrong = wrongCode(outbox.codeFor(phone))
  for (let times = 0; times < 2; times++)
    t.match((await verifyOtp(phone, wrong)).json(), { code: 'OTP_INVALID' })
  t.match((await verifyOtp(phone, wrong)).json(), { code: 'OTP_ATTEMPT_LIMIT' })
})

t.test('guesses at numbers that have no code do not count: they win nothing', async (t) => {
  const { app, verifyOtp } = await service(t)
  for (let times = 0; times < 30; times++) await verifyOtp(randomPhone(), '0000')
  t.equal(app.breaker.isStrict(), false)
})

t.test('a count that Redis did not take is told in the log, and the reply stays the same', async (t) => {
  const { app, sendOtp, verifyOtp, outbox, log } = await service(t)
  const phone = randomPhone()
  await sendOtp(phone)
  app.breaker.noteFailure = async () => {
    throw new Error('Redis is away')
  }
  t.match((await verifyOtp(phone, wrongCode(outbox.codeFor(phone)))).json(), { attempts_left: 4 })
  const told = log.find((line) => line.includes('a guess was not noted'))
  t.match(JSON.parse(told ?? ''), { err: { message: 'Redis is away' } })
})

t.test('STRICT_MODE=off never is, whatever happens', async (t) => {
  const { fail } = await service(t, { changes: { STRICT_MODE: 'off' } })
  t.equal(await fail(200), false)
})

t.test('wrong codes through the API are what it counts, and short codes on their way are void', async (t) => {
  const built = await service(t, {
    changes: { BREAKER_TEN_MINUTES_MIN: '2', STRICT_ADDRESS_FAILURES_PER_DAY: '5' }
  })
  const phone = randomPhone()
  await built.sendOtp(phone)
  const code = built.outbox.codeFor(phone)
  for (let times = 0; times < 3; times++) await built.verifyOtp(phone, wrongCode(code))
  await until(() => built.app.breaker.isStrict())
  t.match((await built.verifyOtp(phone, code)).json(), { code: 'OTP_INVALID', attempts_left: 0 })
})

t.test('a known device can use the short code that it was sent before strict mode', async (t) => {
  const built = await service(t, { changes: { BREAKER_TEN_MINUTES_MIN: '1' } })
  const { phone, deviceToken } = await signUp(built)
  await built.redis.del(`otp:{${phone}}:cooldown`, `otp:{${phone}}:address:cooldown`)
  await built.sendOtp(phone)
  t.equal(await built.fail(2), true)
  const payload = { phone_number: phone, code: built.outbox.codeFor(phone), device_token: deviceToken }
  const reply = await built.app.inject({ method: 'POST', url: '/api/auth/verify-otp/', payload })
  t.match(reply.json(), { is_new_user: false, device_token: deviceToken })
})
