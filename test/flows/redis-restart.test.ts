import { Socket } from 'node:net'
import type { Test } from 'tap'
import type { Environment } from '../../src/config/settings.ts'
import type { Caller, OtpTerms } from '../../src/plugins/otp.ts'
import { addressKeys, SERVICE_KEYS } from '../../src/redis/guard-steps.ts'
import { build, letPass, randomPhone, signUp, wrongCode } from '../helper.ts'
import { createRedisProcess, withRedis } from '../redis-process.ts'
import { until } from '../until.ts'
import { type App, from, HOME, STRANGER, verdict, victim } from '../victim.ts'

const DEVICE = '10.3.3.3'
const times = (count: number) => Array.from({ length: count })

/** The app on a Redis that can be killed. */
async function buildOn(t: Test, changes: Environment = {}, options: string[] = []) {
  const redis = await createRedisProcess(t, options)
  const built = await build(t, { REDIS_URL: redis.url, REDIS_CLUSTER: 'false', ...changes })
  /** Kills Redis, restarts it and waits until the app has reconnected. */
  const restart = async () => {
    await redis.kill()
    await until(() => built.app.redis.status !== 'ready')
    await redis.start()
    await until(() => built.app.redis.status === 'ready')
  }
  return { ...built, redis, restart }
}

/** An attacker's day at one number: a code each hour, if there is one, guessed at by others and by the asker. */
async function spendDay({ ask, guess, pass, failuresInRow }: ReturnType<typeof victim>) {
  const judged = { short: 0, long: 0 }
  for (let hour = 0; hour < 23; hour++) {
    const code = await ask(STRANGER).catch(() => '')
    const before = await failuresInRow()
    for (const address of [...times(9).map(() => '10.8.8.8'), STRANGER]) if (code) await guess(address)
    judged[code.length === 4 ? 'short' : 'long'] += (await failuresInRow()) - before
    await pass(3_600)
  }
  return judged
}

/** A caller who guesses at a new number. */
const guesser = (app: App, address: string): Caller => ({
  ...app.otp.callerOf({ ip: address, socket: new Socket(), body: {} }, randomPhone(), 'sign-in'),
  address
})

withRedis(
  'codes are refused within a second while Redis is down; once it is back, empty, only new codes sign in',
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

withRedis('an empty Redis gives a number and an address one more budget each, and no more', async (t) => {
  const built = await buildOn(t, { ADDRESS_FAILURES_PER_DAY: '5' })
  const { app, redis, restart, sendOtp, address } = built
  const attacked = victim(app, redis.client)
  const asked = randomPhone()
  const sends = async () => {
    for (let sent = 0; ; sent++) {
      await letPass(asked, 60, { store: redis.client })
      const reply = await sendOtp(asked)
      if (reply.statusCode !== 200) return [sent, reply.json().code]
    }
  }
  const failures = async () => {
    const found: OtpTerms[] = []
    for (const _ of times(12)) found.push(await app.guard.guess(guesser(app, STRANGER)).take())
    return (['longFor', 'wait'] as const).map((word) => found.filter((terms) => terms[word] === 0).length)
  }
  for (const _ of ['in the first life', 'and in the second']) {
    t.strictSame(await spendDay(attacked), { short: 10, long: 17 })
    t.strictSame(await sends(), [5, 'OTP_SEND_LIMIT'])
    t.strictSame(await failures(), [5, 10], 'then long codes, and then waits')
    const { phone } = await signUp(built)
    const { signed_in } = addressKeys(address, phone)
    await until(async () => (await redis.client.zcard(signed_in)) === 1)
    await restart()
    t.equal(await redis.client.exists(signed_in), 0, 'nobody is remembered there either')
  }
})

withRedis('an empty Redis ends strict mode at once and allows as many guesses as before', async (t) => {
  const { app, restart } = await buildOn(t, { STRICT_FAILURES_PER_TEN_MINUTES: '12' })
  const borne = async () => {
    for (let guesses = 0; guesses < 20; guesses++) {
      const place = app.guard.guess(guesser(app, `10.6.6.${guesses}`))
      if ((await place.take()).isStrict) return guesses
      await place.settle(true)
    }
    return 'more'
  }
  t.equal(await borne(), 12, 'twelve, and no more')
  t.equal(await borne(), 0)
  await restart()
  t.equal(await borne(), 12, 'twelve, and no more')
})

withRedis('an empty Redis forgets devices and addresses, and waits and SMS count anew', async (t) => {
  const { app, restart, sendOtp, staffLogin } = await buildOn(t, {
    SMS_PER_DAY: '1',
    LOGIN_WAIT_SECONDS: '900'
  })
  const phone = randomPhone()
  await from(DEVICE, app).store(phone, '1234')
  const deviceToken = await from(DEVICE, app).validate(phone, '1234')
  const device = from(HOME, app, { deviceToken })
  const owner = randomPhone()
  for (const isKnown of [true, false]) {
    await verdict(from(STRANGER, app).store(phone, '1234'))
    t.match(await verdict(device.store(phone, '1235')), { code: isKnown ? 'valid' : 'OTP_COOLDOWN' })
    t.equal((await staffLogin(owner, 'wrong password')).statusCode, 401)
    t.match((await staffLogin(owner, 'wrong password')).json(), { code: 'LOGIN_LIMIT' })
    t.equal((await sendOtp(randomPhone())).statusCode, 200)
    t.match((await sendOtp(randomPhone())).json(), { code: 'SMS_UNAVAILABLE' })
    await restart()
  }
})

withRedis('with appendfsync always, a killed Redis forgets nothing', async (t) => {
  const options = ['--appendonly', 'yes', '--appendfsync', 'always', '--dir', t.testdir()]
  const built = await buildOn(t, { STRICT_FAILURES_PER_TEN_MINUTES: '12' }, options)
  const { app, redis, restart, sendOtp, verifyOtp, outbox } = built
  const { ask, guess, guessAtShortCodes, failuresInRow, sent } = victim(app, redis.client)
  t.equal(await guessAtShortCodes(3_600), 10)
  const held = randomPhone()
  await sendOtp(held)
  await restart()
  t.equal(await failuresInRow(), 10)
  t.equal((await ask(HOME)).length, 6, 'the next code is still long')
  t.match((await sendOtp(held)).json(), { code: 'OTP_COOLDOWN' })
  t.match((await verifyOtp(held, outbox.codeFor(held))).json(), { is_new_user: true })

  while (!(await redis.client.exists(SERVICE_KEYS.strict))) {
    const phone = randomPhone()
    await sendOtp(phone)
    await verifyOtp(phone, wrongCode(outbox.codeFor(phone)))
  }
  await restart()
  t.ok(await redis.client.exists(SERVICE_KEYS.strict), 'strict mode continues')
  const payload = { phone_number: randomPhone() }
  const url = '/api/auth/send-otp/'
  const stranger = await app.inject({ method: 'POST', url, payload, remoteAddress: '10.254.253.252' })
  t.match(stranger.json(), { code_length: 6 })
  t.match(await guess(HOME, sent()), { code: 'valid' })
})
