import t from 'tap'
import { build, randomPhone, redis, wrongCode } from '../helper.ts'
import { until } from '../until.ts'
import { attacked, from, HOME, STRANGER, verdict, verdicts, victim } from '../victim.ts'

const times = (count: number) => Array.from({ length: count })
const countValid = (ended: { code: string }[]) => ended.filter(({ code }) => code === 'valid').length

/** The plugin with a code stored for a number of its own. */
async function withCode(t: Parameters<typeof build>[0], changes: Parameters<typeof build>[1] = {}) {
  const { app } = await build(t, changes)
  const phone = randomPhone()
  const code = app.otp.generate().short
  const otp = from(HOME, app)
  await otp.store(phone, code)
  return { app, otp, phone, code, keys: (name: string) => `otp:{${phone}}:${name}` }
}

t.test('codes have the length that is set, leading zeros included, and are spread evenly', async (t) => {
  for (const length of [4, 6, 8]) {
    const { app } = await build(t, { OTP_LENGTH: String(length) })
    const codes = times(2000).map(() => app.otp.generate().short)
    t.ok(codes.every((code) => new RegExp(`^[0-9]{${length}}$`).test(code)))
    const leadingZeros = codes.filter((code) => code.startsWith('0')).length
    t.ok(leadingZeros > 100 && leadingZeros < 300, `${leadingZeros} of 2000 begin with 0`)
  }
})

t.test('a stored code is one Redis key of the number that expires after 300 seconds', async (t) => {
  const { keys } = await withCode(t)
  const ttl = await redis.ttl(keys('code:sign-in'))
  t.ok(ttl > 295 && ttl <= 300)
})

t.test('Redis never holds the code, nor a digest that can be looked up without the secret', async (t) => {
  const { code, keys, phone } = await withCode(t)
  const stored = await redis.hget(keys('code:sign-in'), 'digest')
  t.match(stored, /^[0-9a-f]{64}$/)
  const { app: other } = await build(t, { OTP_SECRET: 'another secret of the same length, surely' })
  t.match(await verdict(from(HOME, other).validate(phone, code)), { code: 'OTP_INVALID' })
})

t.test('a right code works once, also when 60 arrive at the same moment', async (t) => {
  const { otp, phone, code } = await withCode(t)
  t.equal(countValid(await verdicts(times(60).map(() => otp.validate(phone, code)))), 1)
})

t.test('of 100 wrong codes at the same moment five are evaluated, and the code is burned', async (t) => {
  const { otp, phone, code } = await withCode(t, { OTP_MAX_FAILURES_PER_DAY: '100' })
  const ended = await verdicts(times(100).map(() => otp.validate(phone, wrongCode(code))))
  const left = ended.map(({ attempts_left = -1 }) => attempts_left).filter((attempts) => attempts > 0)
  t.strictSame(left.sort(), [1, 2, 3, 4])
  t.equal(await redis.zcard(`otp:{${phone}}:failures`), 5)
  t.match(await verdict(otp.validate(phone, code)), { code: 'OTP_INVALID', attempts_left: 0 })
})

t.test('right and wrong codes mixed at the same moment open at most once', async (t) => {
  const { otp, phone, code } = await withCode(t)
  const guesses = times(40).map((_, i) => otp.validate(phone, i % 2 ? code : wrongCode(code)))
  t.equal(countValid(await verdicts(guesses)), 1, 'the second guess is right and within the five')
})

t.test('a code of one number does not open another', async (t) => {
  const { otp, code } = await withCode(t)
  const other = randomPhone()
  await otp.store(other, wrongCode(code))
  t.match(await verdict(otp.validate(other, code)), { code: 'OTP_INVALID' })
})

t.test('a new code replaces the one before it', async (t) => {
  const { otp, phone, code } = await withCode(t, { OTP_RESEND_SECONDS: '1' })
  await expire(`otp:{${phone}}:cooldown`)
  await otp.store(phone, wrongCode(code))
  t.match(await verdict(otp.validate(phone, code)), { code: 'OTP_INVALID' })
  t.match(await verdict(otp.validate(phone, wrongCode(code))), { code: 'valid' })
})

t.test('a code expires by the clock of Redis', async (t) => {
  const { otp, phone, code } = await withCode(t, { OTP_TTL_SECONDS: '1' })
  await expire(`otp:{${phone}}:code:sign-in`)
  t.match(await verdict(otp.validate(phone, code)), { code: 'OTP_INVALID', attempts_left: 0 })
})

t.test('another code must wait for the cooldown, and the wait is told', async (t) => {
  const { otp, phone } = await withCode(t)
  t.match(await verdict(otp.store(phone, '0000')), { code: 'OTP_COOLDOWN', retry_after: 60 })
})

t.test('of 20 codes asked for at the same moment one is stored', async (t) => {
  const { app } = await build(t)
  const phone = randomPhone()
  t.equal(countValid(await verdicts(times(20).map(() => from(HOME, app).store(phone, '1234')))), 1)
  t.equal(await redis.zcard(`otp:{${phone}}:sends`), 1)
})

for (const [setting, seconds] of [
  ['OTP_SENDS_PER_HOUR', 3600],
  ['OTP_SENDS_PER_DAY', 86_400]
] as const) {
  t.test(`${setting} bounds the codes sent to a number, and tells when the next one may go`, async (t) => {
    const { otp, phone, keys } = await withCode(t, { [setting]: '2' })
    await redis.del(keys('cooldown'))
    await otp.store(phone, '1234')
    await redis.del(keys('cooldown'))
    const { code, retry_after = 0 } = await verdict(otp.store(phone, '1234'))
    t.equal(code, 'OTP_SEND_LIMIT')
    t.ok(retry_after > seconds - 10 && retry_after <= seconds)

    await age(keys('sends'), seconds)
    t.match(await verdict(otp.store(phone, '1234')), { code: 'valid' })
  })
}

t.test('the failures of a number outlive its codes: a resend does not refill them', async (t) => {
  const { otp, phone, code, keys } = await withCode(t, {
    OTP_MAX_FAILURES_PER_DAY: '6',
    OTP_WAIT_SECONDS: '1'
  })
  await verdicts(times(5).map(() => otp.validate(phone, wrongCode(code))))
  await redis.del(keys('cooldown'))
  t.equal((await otp.store(phone, code)).code, `00${code}`, 'the next code is long')
})

t.test('a failure stops counting after 24 hours', async (t) => {
  const { otp, phone, code, keys } = await withCode(t, { OTP_MAX_FAILURES_PER_DAY: '2' })
  await otp.validate(phone, wrongCode(code)).catch(() => {})
  await redis.del(keys('cooldown'))
  t.equal((await otp.store(phone, code)).code.length, 6)
  await age(keys('failures'), 86_400)
  await redis.del(keys('cooldown'))
  t.equal((await otp.store(phone, code)).code.length, 4)
})

t.test('a success forgets the failures', async (t) => {
  const { otp, phone, code, keys } = await withCode(t)
  await verdicts(times(3).map(() => otp.validate(phone, wrongCode(code))))
  t.equal(await redis.zcard(keys('failures')), 3)
  await otp.validate(phone, code)
  t.equal(await redis.exists(keys('failures')), 0)
})

t.test('guessing where no code waits costs the citizen nothing', async (t) => {
  const { app } = await build(t)
  const phone = randomPhone()
  await verdicts(times(30).map(() => from(HOME, app).validate(phone, '0000')))
  t.equal(await redis.exists(`otp:{${phone}}:failures`), 0)
})

t.test('a withdrawn code gives back its send and its cooldown, and revives the one before it', async (t) => {
  const { otp, phone, code, keys } = await withCode(t)
  await redis.del(keys('cooldown'))
  await otp.store(phone, wrongCode(code))
  await otp.withdraw(phone, wrongCode(code))
  t.equal(await redis.zcard(keys('sends')), 1)
  t.equal(await redis.exists(keys('cooldown')), 0)
  t.match(await verdict(otp.validate(phone, wrongCode(code))), { code: 'OTP_INVALID', attempts_left: 4 })
  t.match(await verdict(otp.validate(phone, code)), { code: 'valid' })
})

t.test('a code that was used does not come back when the next one is withdrawn', async (t) => {
  const { otp, phone, code, keys } = await withCode(t)
  await otp.validate(phone, code)
  await redis.del(keys('cooldown'))
  await otp.store(phone, wrongCode(code))
  await otp.withdraw(phone, wrongCode(code))
  t.match(await verdict(otp.validate(phone, code)), { code: 'OTP_INVALID', attempts_left: 0 })
})

t.test('a code that strangers burned while it was being sent is given back all the same', async (t) => {
  const { otp, phone, code, keys } = await withCode(t)
  await verdicts(times(5).map(() => otp.validate(phone, wrongCode(code))))
  await otp.withdraw(phone, code)
  t.equal(await redis.zcard(keys('sends')), 0)
  t.equal(await redis.exists(keys('cooldown')), 0)
})

t.test('only the current code can be withdrawn', async (t) => {
  const { otp, phone, code, keys } = await withCode(t)
  await otp.withdraw(phone, wrongCode(code))
  t.equal(await redis.zcard(keys('sends')), 1)
  t.match(await verdict(otp.validate(phone, code)), { code: 'valid' })
})

t.test('with DEBUG the code 1111 is valid for any number, sent or not; without it never', async (t) => {
  const { app: debug, log } = await build(t, { DEBUG: 'true' })
  t.equal(await from(HOME, debug).validate(randomPhone(), '1111'), undefined, 'and makes no device known')
  t.ok(log.some((line) => line.includes('debug_code_used')))
  const warned = (lines: string[]) => lines.some((line) => line.includes('one code opens every account'))
  t.ok(warned(log))
  const { app, log: quiet } = await build(t)
  t.notOk(warned(quiet))
  t.match(await verdict(from(HOME, app).validate(randomPhone(), '1111')), { code: 'OTP_INVALID' })
})

t.test('the scripts come back by themselves after SCRIPT FLUSH', async (t) => {
  const { otp, phone, code } = await withCode(t)
  await redis.script('FLUSH')
  t.match(await verdict(otp.validate(phone, code)), { code: 'valid' })
})

/** Waits until Redis itself has let a key go. */
async function expire(key: string): Promise<void> {
  await until(async () => !(await redis.exists(key)))
}

/** Moves the oldest entry of a window so far into the past that it no longer counts. */
async function age(window: string, seconds: number): Promise<void> {
  const [oldest = ''] = await redis.zrange(window, '0', '0')
  await redis.zadd(window, Date.now() - seconds * 1000 - 1, oldest)
}

t.test(
  'after nine wrong guesses of a day codes have six digits, and a success makes them short again',
  async (t) => {
    const { ask, guess, guessAtShortCodes, sent } = await attacked(t)
    const evaluated = await guessAtShortCodes(3_600)
    t.equal(evaluated, 9)
    t.equal((await ask(HOME)).length, 6)
    t.match(await guess(HOME, sent()), { code: 'valid' })
    t.equal((await ask()).length, 4)
  }
)

t.test('waits grow from 30 seconds to an hour, and are told', async (t) => {
  const { ask, guess, pass } = await attacked(t, {
    OTP_MAX_FAILURES_PER_DAY: '100',
    OTP_MAX_FAILURES_IN_ROW: '100'
  })
  const waits: number[] = []
  for (let codes = 0; codes < 100 && waits.length < 10; codes++) {
    await ask(HOME)
    let reply = await guess()
    for (let left = 9; left > 0 && reply.code === 'OTP_INVALID' && reply.attempts_left !== 0; left--)
      reply = await guess()
    if (reply.code !== 'OTP_ATTEMPT_LIMIT') continue
    waits.push(reply.retry_after ?? 0)
    await pass(reply.retry_after ?? 0)
    await guess()
  }
  t.strictSame(waits, [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600, 3_600])
})

t.test(
  'thirty wrong guesses in a row, over any time, make codes long until the owner signs in',
  async (t) => {
    const { ask, guess, guessAtShortCodes, pass, sent } = await attacked(t)
    const evaluated = await guessAtShortCodes(86_400)
    t.ok(evaluated <= 30, `${evaluated} at four digits, ever`)
    await pass(30 * 86_400)
    t.equal((await ask(HOME)).length, 6)
    await guess(HOME, sent())
    t.equal((await ask()).length, 4)
  }
)

t.test('strangers cannot burn the code that a citizen holds', async (t) => {
  const { ask, guess, sent } = await attacked(t)
  await ask(HOME)
  for (let times = 0; times < 50; times++) await guess(`10.5.5.${times}`)
  t.match(await guess(HOME, sent()), { code: 'valid' })
})

t.test('strangers cannot spend the sends of an address from which the number has signed in', async (t) => {
  const { ask, guess, sent, app, phone } = await attacked(t, { OTP_SENDS_PER_HOUR: '3' })
  await ask(HOME)
  await guess(HOME, sent())
  for (let times = 0; times < 3; times++) await ask(STRANGER).catch(() => {})
  t.match(await verdict(ask(STRANGER)), { code: 'OTP_SEND_LIMIT' })
  await ask(HOME)
  t.match(
    await verdict(from(STRANGER, app).store(phone, '1234')),
    { code: 'OTP_COOLDOWN' },
    'nor replace its code'
  )
  t.match(await guess(HOME, sent()), { code: 'valid' })
})

t.test('after a hundred in a row strangers have one guess an hour', async (t) => {
  const { ask, guess, pass, keys } = await attacked(t)
  await redis.hset(keys('failures:row'), 'count', 100, 'last', Date.now() - 3_700_000)
  await ask(HOME)
  t.match(await guess(), { code: 'OTP_INVALID' })
  t.match(await guess(), { code: 'OTP_ATTEMPT_LIMIT', retry_after: 3_600 })
  await pass(3_600)
  t.match(await guess(), { code: 'OTP_INVALID' })
})

t.test('a known device has sends, a cooldown and tries of its own, wherever it is', async (t) => {
  const { app, ask, guess, phone, sent } = await attacked(t, { OTP_SENDS_PER_HOUR: '3' })
  await ask(HOME)
  const deviceToken = await from(HOME, app).validate(phone, sent())
  t.match(deviceToken, /^[A-Za-z0-9_-]{22}$/)
  for (const _ of times(2)) await ask(STRANGER)
  t.match(await verdict(ask(STRANGER)), { code: 'OTP_SEND_LIMIT' })
  for (const _ of times(10)) await guess(STRANGER)
  for (const _ of times(10)) await guess('10.8.8.8')

  const device = from('10.7.7.7', app, { deviceToken })
  const { code } = await device.store(phone, app.otp.generate().short)
  t.match(
    await verdict(from(STRANGER, app).store(phone, '1234')),
    { code: 'OTP_COOLDOWN' },
    'nor replaces its code'
  )
  for (const _ of times(10)) await verdict(from(STRANGER, app).validate(phone, wrongCode(code)))
  t.equal(await device.validate(phone, code), deviceToken, 'which stays the same')
})

t.test('a device that shares its address with strangers is not held up by them', async (t) => {
  const { app, ask, guess, phone, sent } = await attacked(t, { OTP_SENDS_PER_HOUR: '3' })
  await ask(HOME)
  const deviceToken = await from(HOME, app).validate(phone, sent())
  for (const _ of times(3)) await ask(HOME)
  t.match(await verdict(ask(HOME)), { code: 'OTP_SEND_LIMIT' }, 'the known address has spent its own')
  for (const _ of times(10)) await guess(HOME)
  const device = from(HOME, app, { deviceToken, held: { address: 1_000, stranger: 1_000 } })
  const { code } = await device.store(phone, app.otp.generate().short)
  for (const _ of times(10)) await verdict(from(HOME, app).validate(phone, wrongCode(code)))
  t.equal(await device.validate(phone, code), deviceToken)
})

t.test(
  'a device token is worth nothing for another number, and neither is one that was made up',
  async (t) => {
    const one = await attacked(t)
    await one.ask(HOME)
    const deviceToken = await from(HOME, one.app).validate(one.phone, one.sent())
    for (const token of [deviceToken, 'made up']) {
      const other = victim(one.app)
      const stranger = from(STRANGER, one.app, {
        deviceToken: token,
        held: { address: 1_000, stranger: 1_000 }
      })
      t.match(await verdict(stranger.store(other.phone, '1234')), {
        code: 'OTP_SEND_LIMIT',
        retry_after: 1_000
      })
      await other.ask(HOME)
      t.match(await verdict(stranger.validate(other.phone, other.sent())), { code: 'OTP_ATTEMPT_LIMIT' })
      t.not(await from(HOME, one.app, { deviceToken: token }).validate(other.phone, other.sent()), token)
    }
  }
)

t.test(
  'whoever must wait for what others did from there is judged once at the code they asked for, and may not ask',
  async (t) => {
    const { app, ask, guess, keys, phone, sent } = await attacked(t)
    await ask(HOME)
    const held = from(HOME, app, { held: { address: 77 } })
    const wrong = wrongCode(sent())
    t.match(await verdict(held.validate(phone, wrong)), { code: 'OTP_INVALID' })
    t.match(await verdict(held.validate(phone, sent())), { code: 'OTP_ATTEMPT_LIMIT', retry_after: 77 })
    t.equal(await redis.zcard(keys('failures')), 1)
    t.match(await guess(HOME, sent()), { code: 'valid' })
    await redis.del(keys('cooldown'))
    const refused = { code: 'OTP_SEND_LIMIT', retry_after: 77 }
    t.match(await verdict(held.store(phone, '1234')), refused, 'known or not: it is the address')
    const elsewhere = { held: { stranger: 77 } }
    t.match(await verdict(from(STRANGER, app, elsewhere).store(phone, '1234')), refused)
    t.match(await verdict(from(HOME, app, elsewhere).store(phone, '1234')), { code: 'valid' })
  }
)

t.test('devices are known for OTP_KNOWN_DAYS, the last ten of devices and addresses', async (t) => {
  const { app, ask, keys, phone, sent } = await attacked(t, { OTP_KNOWN_DAYS: '2' })
  await ask(HOME)
  const first = await from(HOME, app).validate(phone, sent())
  t.equal(await redis.ttl(keys('known')), 2 * 86_400)
  const names = await redis.zrange(keys('known'), '0', '-1')
  t.match(names, [/^[\w-]{22}$/, /^[\w-]{22}$/], 'both as digests')
  for (let time = 0; time < 6; time++) {
    await ask(`10.4.4.${time}`)
    await from(`10.4.4.${time}`, app).validate(phone, sent())
  }
  t.equal(await redis.zcard(keys('known')), 10)
  const late = from(STRANGER, app, { deviceToken: first, held: { stranger: 9 } })
  t.match(await verdict(late.store(phone, '1234')), { code: 'OTP_SEND_LIMIT' })
})

t.test('strangers cannot replace the code of a known device while it lives', async (t) => {
  const { app, ask, keys, phone, sent } = await attacked(t, { OTP_RESEND_SECONDS: '1' })
  await ask(HOME)
  const deviceToken = await from(HOME, app).validate(phone, sent())
  const device = from('10.7.7.7', app, { deviceToken })
  await expire(keys('cooldown'))
  const { code } = await device.store(phone, app.otp.generate().short)
  await expire(keys('device:cooldown'))
  t.match(await verdict(from(STRANGER, app).store(phone, '1234')), { code: 'OTP_COOLDOWN' })
  t.equal(await device.validate(phone, code), deviceToken)
})

t.test('strangers cannot make a short code void by failures in a row', async (t) => {
  const { app, ask, guess, keys, phone, sent } = await attacked(t)
  await ask(HOME)
  const deviceToken = await from(HOME, app).validate(phone, sent())
  await redis.hset(keys('failures:row'), 'count', 28, 'last', 0)
  const device = from('10.7.7.7', app, { deviceToken })
  const { code } = await device.store(phone, app.otp.generate().short)
  t.equal(code.length, 4)
  for (const _ of times(3)) await guess(STRANGER)
  t.equal(await redis.hget(keys('failures:row'), 'count'), '29', 'the thirtieth is kept back')
  t.equal(await device.validate(phone, code), deviceToken)
})

t.test('who asks for a change of number spends nothing that is kept back for its owner', async (t) => {
  const { app, phone, keys } = await attacked(t)
  const mover = from(STRANGER, app, { purpose: 'change-phone:1' })
  await mover.store(phone, '1234')
  await redis.zadd(keys('failures'), ...times(9).flatMap((_, i) => [Date.now() - i, `failure ${i}`]))
  t.match(await verdict(mover.validate(phone, '0000')), { code: 'OTP_INVALID', attempts_left: 0 })
  t.equal(await redis.zcard(keys('failures')), 9)
})

t.test('a number forgets its devices and addresses when it is told to', async (t) => {
  const { app, ask, keys, phone, sent } = await attacked(t)
  await ask(HOME)
  const deviceToken = await from(HOME, app).validate(phone, sent())
  app.otp.forgetDevices(phone)
  await expire(keys('known'))
  const old = from(HOME, app, { deviceToken, held: { stranger: 5 } })
  t.match(await verdict(old.store(phone, '1234')), { code: 'OTP_SEND_LIMIT' })
})

t.test('a Redis that fails to forget them is told in the log', async (t) => {
  const { app, log } = await build(t)
  app.redis.disconnect()
  app.otp.forgetDevices(randomPhone())
  const told = () => log.find((line) => line.includes('were not forgotten'))
  await until(() => told() !== undefined)
  t.match(JSON.parse(told() ?? ''), {
    err: { message: /Connection is closed|Stream isn't writeable|Cluster isn't ready/ }
  })
})
