import t from 'tap'
import { build, randomPhone, redis, wrongCode } from '../helper.ts'
import { until } from '../until.ts'
import { attacked, from, HOME, STRANGER, verdict, victim } from '../victim.ts'

const DAY = 86_400
const ELSEWHERE = '10.7.7.7'
const times = (count: number) => Array.from({ length: count }, (_, turn) => turn)

t.test('strangers cannot use up the sends of a source where the number has signed in', async (t) => {
  const { app, ask, guess, phone, sent, signIn } = await attacked(t, { OTP_SENDS_PER_HOUR: '3' })
  await signIn(HOME)
  for (const _ of times(2)) await ask(STRANGER)
  t.match(await verdict(ask(STRANGER)), { code: 'OTP_SEND_LIMIT' })
  t.match(await verdict(ask(HOME)), { code: 'valid' })
  const other = verdict(from(STRANGER, app).store(phone, '1234'))
  t.match(await other, { code: 'OTP_COOLDOWN' }, 'nor replace its code')
  t.match(await guess(HOME, sent()), { code: 'valid' })
})

t.test('callers of higher standing do not wait for a stranger’s cooldown', async (t) => {
  const { app, ask, phone, signIn } = await attacked(t)
  const deviceToken = await signIn(HOME)
  await ask(STRANGER)
  const familiar = from(ELSEWHERE, app, { otherwise: 'familiar' })
  for (const caller of [familiar, from(HOME, app), from(ELSEWHERE, app, { deviceToken })])
    t.match(await verdict(caller.store(phone, '1234')), { code: 'valid' })
})

t.test('strangers cannot use up the sends of a source where others sign in', async (t) => {
  const { app, ask, phone } = await attacked(t, { OTP_SENDS_PER_HOUR: '1' })
  await ask(STRANGER)
  t.match(await verdict(ask(STRANGER)), { code: 'OTP_SEND_LIMIT' })
  await ask(HOME, { otherwise: 'familiar' })
  t.match(await verdict(from(STRANGER, app).store(phone, '1234')), { code: 'OTP_COOLDOWN' })
})

t.test('a known device has its own sends and guesses wherever it is', async (t) => {
  const { app, ask, guess, phone, signIn } = await attacked(t, { OTP_SENDS_PER_HOUR: '3' })
  const deviceToken = await signIn(HOME)
  t.match(deviceToken, /^[A-Za-z0-9_-]{22}$/)
  for (const _ of times(2)) await ask(STRANGER)
  t.match(await verdict(ask(STRANGER)), { code: 'OTP_SEND_LIMIT' })
  for (const address of [STRANGER, HOME]) for (const _ of times(10)) await guess(address)

  const device = from(ELSEWHERE, app, { deviceToken })
  const code = await device.store(phone, app.otp.generate().short)
  for (const _ of times(10)) await verdict(from(STRANGER, app).validate(phone, wrongCode(code)))
  t.equal(await device.validate(phone, code), deviceToken, 'the token is kept')
})

t.test('nobody else can replace the live code of a known device', async (t) => {
  const { app, pass, phone, signIn } = await attacked(t)
  const deviceToken = await signIn(HOME)
  await pass()
  const device = from(ELSEWHERE, app, { deviceToken })
  const code = await device.store(phone, app.otp.generate().short)
  await pass(200)
  const { code: refusal, retry_after = 0 } = await verdict(from(HOME, app).store(phone, '1234'))
  t.equal(refusal, 'OTP_COOLDOWN')
  t.ok(retry_after > 90 && retry_after <= 100, 'what is left of 300 seconds')
  t.equal(await device.validate(phone, code), deviceToken)
})

t.test('strangers at the same source do not hold up a known device', async (t) => {
  const { app, ask, guess, phone, signIn } = await attacked(t, { OTP_SENDS_PER_HOUR: '3' })
  const deviceToken = await signIn(HOME)
  for (const _ of times(3)) await ask(HOME)
  t.match(await verdict(ask(HOME)), { code: 'OTP_SEND_LIMIT' }, 'the known source has no sends left')
  for (const _ of times(10)) await guess(HOME)
  const device = from(HOME, app, { deviceToken, wait: 1_000, strangerWait: 1_000 })
  const code = await device.store(phone, app.otp.generate().short)
  for (const _ of times(10)) await verdict(from(HOME, app).validate(phone, wrongCode(code)))
  t.equal(await device.validate(phone, code), deviceToken)
})

t.test('each standing has its own guesses at long codes', async (t) => {
  const policy = { OTP_MAX_FAILURES_PER_DAY: '2', OTP_LONG_FAILURES_PER_DAY: '11' }
  const { app, ask, guess, phone, signIn } = await attacked(t, policy)
  const deviceToken = await signIn(HOME)
  await ask(STRANGER)
  await guess(ELSEWHERE)
  const code = await ask(STRANGER)
  t.equal(code.length, 6)
  const limit = { code: 'OTP_ATTEMPT_LIMIT' }
  const callers = [from(ELSEWHERE, app), from(ELSEWHERE, app, { otherwise: 'familiar' }), from(HOME, app)]
  for (const caller of callers) {
    t.match(await verdict(caller.validate(phone, wrongCode(code))), { code: 'OTP_INVALID' })
    t.match(await verdict(caller.validate(phone, wrongCode(code))), limit, 'ten are for askers')
  }
  const device = from(ELSEWHERE, app, { deviceToken })
  t.match(await verdict(device.validate(phone, wrongCode(code))), { code: 'OTP_INVALID', attempts_left: 1 })
  t.equal(await device.validate(phone, code), deviceToken)
})

t.test('a device token of another number, or a made-up one, is worth nothing', async (t) => {
  const one = await attacked(t)
  const own = await one.signIn(HOME)
  for (const deviceToken of [own, 'made up']) {
    const other = victim(one.app)
    const stranger = from(STRANGER, one.app, { deviceToken, wait: 900, strangerWait: 1_000 })
    const refused = { code: 'OTP_SEND_LIMIT', retry_after: 1_000 }
    t.match(await verdict(stranger.store(other.phone, '1234')), refused)
    await other.ask(HOME)
    t.match(await verdict(stranger.validate(other.phone, other.sent())), { code: 'OTP_ATTEMPT_LIMIT' })
    t.not(await from(HOME, one.app, { deviceToken }).validate(other.phone, other.sent()), deviceToken)
  }
})

t.test('a number knows its last ten devices and sources, for OTP_KNOWN_DAYS', async (t) => {
  const policy = { OTP_KNOWN_DAYS: '2', OTP_SENDS_PER_HOUR: '20', OTP_SENDS_PER_DAY: '20' }
  const { app, keys, pass, phone, signIn } = await attacked(t, policy)
  const deviceToken = await signIn(HOME)
  const late = from(STRANGER, app, { deviceToken, strangerWait: 9 })
  t.match(await redis.zrange(keys.known, '0', '-1'), [/^[\w-]{22}$/, /^[\w-]{22}$/], 'both as digests')
  await pass(2 * DAY - 100)
  t.match(await verdict(late.store(phone, '1234')), { code: 'valid' })
  await pass(100)
  t.match(await verdict(late.store(phone, '1234')), { code: 'OTP_SEND_LIMIT' })

  await pass(300)
  const first = await signIn('10.4.4.0')
  const last = await signIn('10.4.4.1')
  for (const turn of times(4)) await signIn(`10.4.5.${turn}`)
  t.equal(await redis.zcard(keys.known), 10)
  await pass()
  const isKnown = (deviceToken: string) =>
    verdict(from(STRANGER, app, { deviceToken, strangerWait: 9 }).store(phone, '1234'))
  t.match(await isKnown(first), { code: 'OTP_SEND_LIMIT' })
  t.match(await isKnown(last), { code: 'valid' })
})

t.test('a number forgets its devices and sources on request, all or all but the latest', async (t) => {
  const { app, keys, pass, phone, signIn } = await attacked(t)
  const old = await signIn(HOME)
  await pass()
  const deviceToken = await signIn(ELSEWHERE)
  app.otp.forgetDevices(phone, 2)
  await until(async () => (await redis.zcard(keys.known)) === 2)
  await pass()
  const gone = from(HOME, app, { deviceToken: old, strangerWait: 5 })
  t.match(await verdict(gone.store(phone, '1234')), { code: 'OTP_SEND_LIMIT' })
  const kept = from(STRANGER, app, { deviceToken, strangerWait: 5 })
  t.match(await verdict(kept.store(phone, '1234')), { code: 'valid' })

  app.otp.forgetDevices(phone)
  await until(async () => !(await redis.exists(keys.known)))
})

t.test('a failure to forget devices is logged', async (t) => {
  const { app, log } = await build(t)
  app.redis.disconnect()
  app.otp.forgetDevices(randomPhone())
  const told = () => log.find((line) => line.includes('were not forgotten'))
  await until(() => told() !== undefined)
  t.match(JSON.parse(told() ?? ''), {
    err: { message: /Connection is closed|Stream isn't writeable|Cluster isn't ready/ }
  })
})
