import type { Test } from 'tap'
import type { Environment } from '../../src/config/settings.ts'
import { build, randomPhone, signUp, wrongCode } from '../helper.ts'
import { createRedisProcess, withRedis } from '../redis-process.ts'
import { requestFrom } from '../request-from.ts'
import { until } from '../until.ts'
import { from, HOME, STRANGER, verdict, victim } from '../victim.ts'

const DEVICE = '10.3.3.3'
const times = (count: number) => Array.from({ length: count })

/** The app on a Redis that can be killed. */
async function buildOn(t: Test, changes: Environment = {}, options: string[] = []) {
  const redis = await createRedisProcess(t, options)
  const built = await build(t, { REDIS_URL: redis.url, REDIS_CLUSTER: 'false', ...changes })
  /** Kills Redis, starts it again and waits until the app has found it. */
  const restart = async () => {
    await redis.kill()
    await until(() => built.app.redis.status !== 'ready')
    await redis.start()
    await until(() => built.app.redis.status === 'ready')
  }
  return { ...built, redis, restart }
}

/** An attacker's day at one number: a code each hour, guessed at by the one who asked for it and by others, till refused. */
async function spendDay({ ask, guess, pass, failuresInRow }: ReturnType<typeof victim>) {
  const judged = { short: 0, long: 0 }
  for (let hour = 0; hour < 23; hour++) {
    const kind = (await ask(STRANGER)).length === 4 ? 'short' : 'long'
    const before = await failuresInRow()
    for (const address of [...times(5).map(() => '10.8.8.8'), STRANGER]) await guess(address)
    judged[kind] += (await failuresInRow()) - before
    await pass(3_600)
  }
  return judged
}

withRedis(
  'while Redis is dead codes are refused within a second; when it is back, empty, new ones sign in and old ones are worth nothing',
  async (t) => {
    const { redis, sendOtp, verifyOtp, outbox } = await buildOn(t)
    const phones = times(5).map(() => randomPhone())
    for (const phone of phones) t.equal((await sendOtp(phone)).statusCode, 200)
    await redis.kill()

    const start = performance.now()
    const during = await Promise.all(
      phones.flatMap((phone) => [verifyOtp(phone, outbox.codeFor(phone)), sendOtp(phone)])
    )
    t.ok(performance.now() - start < 1_000, 'within a second')
    for (const reply of during)
      t.match(reply.json(), { statusCode: 503, code: 'SERVICE_UNAVAILABLE', retry_after: 1 })

    await redis.start()
    await until(async () => (await sendOtp(randomPhone())).statusCode === 200)
    const lost = await Promise.all(phones.map((phone) => verifyOtp(phone, outbox.codeFor(phone))))
    for (const reply of lost)
      t.match(reply.json(), { statusCode: 401, code: 'OTP_INVALID', attempts_left: 0 })
    const sent = await Promise.all(phones.map((phone) => sendOtp(phone)))
    for (const reply of sent) t.match(reply.json(), { code_length: 4 })
    const signedIn = await Promise.all(phones.map((phone) => verifyOtp(phone, outbox.codeFor(phone))))
    for (const reply of signedIn) t.equal(reply.statusCode, 200)
    const scripts = await redis.client.info('memory')
    t.ok(Number(/number_of_cached_scripts:(\d+)/.exec(scripts)?.[1]) >= 4, 'the scripts are loaded again')
  }
)

withRedis('an empty Redis gives a number and an address their budgets once more, and no more', async (t) => {
  const built = await buildOn(t, { OTP_SENDS_PER_DAY: '1000', ADDRESS_FAILURES_PER_DAY: '5' })
  const { app, redis, restart, sendOtp } = built
  const attacked = victim(app, redis.client)
  const asked = randomPhone()
  const sends = async () => {
    for (let sent = 0; ; sent++) {
      await redis.client.del(`otp:{${asked}}:cooldown`)
      const reply = await sendOtp(asked)
      if (reply.statusCode !== 200) return [sent, reply.json().code]
    }
  }
  const failures = async () => {
    for (let taken = 0; ; taken++)
      if ((await app.addressGuard.takeGuess(requestFrom(STRANGER), asked)).held.address > 0) return taken
  }
  for (const _ of ['in the first life', 'and in the second']) {
    t.strictSame(await spendDay(attacked), { short: 10, long: 20 })
    t.match(await attacked.guess(), { code: 'OTP_ATTEMPT_LIMIT' })
    await attacked.pass(86_400)
    t.equal((await attacked.ask()).length, 6, 'thirty in a row: no short code on another day either')
    t.strictSame(await sends(), [5, 'OTP_SEND_LIMIT'])
    t.equal(await failures(), 5)
    await signUp(built)
    for (const _ of times(3))
      await (await app.addressGuard.takeGuess(requestFrom(HOME), randomPhone())).succeed()
    t.equal(await app.redis.zcard(`address:{${HOME}}:signed-in`), 3)
    await restart()
    t.equal(await app.redis.exists(`address:{${HOME}}:signed-in`), 0, 'nor is anybody remembered there')
  }
})

withRedis('an empty Redis ends strict mode at the next look, and what was usual is forgotten', async (t) => {
  const { app, redis, restart } = await buildOn(t, { STRICT_MODE: 'auto', BREAKER_CHECK_MS: '1000' })
  const hour = Math.floor(Date.now() / 3_600_000)
  for (let ago = 1; ago <= 191; ago++) {
    if (ago % 24 === 0) await redis.client.hset('breaker:{all}:failures:3600', String(hour - ago), 60)
    await redis.client.hset('breaker:{all}:sign-ins:3600', String(hour - ago), 1_000)
  }
  /** How many failed guesses are borne before the service is strict. */
  const borne = async () => {
    for (let failures = 0; ; failures++) {
      await app.breaker.noteFailure()
      if (app.breaker.isStrict()) return failures
    }
  }
  t.equal(await borne(), 40, 'four times the usual of this hour')
  await restart()
  const start = performance.now()
  await until(() => !app.breaker.isStrict())
  t.ok(performance.now() - start < 2_000, 'BREAKER_CHECK_MS, and a second for a busy machine')
  t.equal(await borne(), 20)
})

withRedis('an empty Redis knows no device and no address, and every wait and SMS counts anew', async (t) => {
  const built = await buildOn(t, { SMS_PER_DAY: '3', SMS_KEPT_BACK_PERCENT: '0', LOGIN_WAIT_SECONDS: '900' })
  const { app, restart, sendOtp, staffLogin } = built
  const phone = randomPhone()
  await from(DEVICE, app).store(phone, '1234')
  const deviceToken = await app.otp.validate(phone, '1234', {
    purpose: 'sign-in',
    address: DEVICE
  })
  const device = from(HOME, app, { deviceToken })
  const owner = randomPhone()
  for (const isKnown of [true, false]) {
    await verdict(from(STRANGER, app).store(phone, '1234'))
    t.match(await verdict(device.store(phone, '1235')), { code: isKnown ? 'valid' : 'OTP_COOLDOWN' })
    t.equal((await staffLogin(owner, 'wrong password')).statusCode, 401)
    t.match((await staffLogin(owner, 'wrong password')).json(), { code: 'LOGIN_LIMIT' })
    for (const _ of times(3)) t.equal((await sendOtp(randomPhone())).statusCode, 200)
    t.match((await sendOtp(randomPhone())).json(), { code: 'SMS_UNAVAILABLE' })
    await restart()
  }
})

withRedis('with appendfsync always a killed Redis forgets nothing', async (t) => {
  const options = ['--appendonly', 'yes', '--appendfsync', 'always', '--dir', t.testdir()]
  const built = await buildOn(
    t,
    { STRICT_MODE: 'auto', BREAKER_CHECK_MS: '50', BREAKER_TEN_MINUTES_MIN: '12' },
    options
  )
  const { app, redis, restart, sendOtp, verifyOtp, outbox } = built
  const { ask, guess, guessAtShortCodes, failuresInRow, sent } = victim(app, redis.client)
  t.equal(await guessAtShortCodes(3_600), 9)
  const held = randomPhone()
  await sendOtp(held)
  await restart()
  t.equal(await failuresInRow(), 9)
  t.equal((await ask(HOME)).length, 6, 'the next code is still long')
  t.match((await sendOtp(held)).json(), { code: 'OTP_COOLDOWN' })
  t.match((await verifyOtp(held, outbox.codeFor(held))).json(), { is_new_user: true })

  for (let times = 0; times < 100 && !app.breaker.isStrict(); times++) {
    const phone = randomPhone()
    await sendOtp(phone)
    await verifyOtp(phone, wrongCode(outbox.codeFor(phone)))
  }
  await restart()
  t.ok(await redis.client.exists('breaker:{all}:strict'), 'strict mode goes on')
  const payload = { phone_number: randomPhone() }
  const url = '/api/auth/send-otp/'
  const stranger = await app.inject({ method: 'POST', url, payload, remoteAddress: '10.254.253.252' })
  t.match(stranger.json(), { code_length: 6 })
  t.match(await guess(HOME, sent()), { code: 'valid' })
})
