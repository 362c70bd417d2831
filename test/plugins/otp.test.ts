import t, { type Test } from 'tap'
import type { Environment } from '../../src/config/settings.ts'
import { otpKeys } from '../../src/redis/otp-steps.ts'
import { build, letPass, randomPhone, redis, wrongCode } from '../helper.ts'
import { until } from '../until.ts'
import { from, HOME, STRANGER, verdict, verdicts } from '../victim.ts'

const times = (count: number) => Array.from({ length: count })
const countValid = (ended: { code: string }[]) => ended.filter(({ code }) => code === 'valid').length

/** The plugin with a code stored for a new number. */
async function withCode(t: Test, changes: Environment = {}) {
  const { app } = await build(t, changes)
  const phone = randomPhone()
  const code = app.otp.generate().short
  const otp = from(HOME, app)
  await otp.store(phone, code)
  return { app, otp, phone, code, keys: otpKeys(phone, 'sign-in') }
}

t.test('codes have the configured length, and about a tenth of them begin with zero', async (t) => {
  for (const length of [4, 6, 8]) {
    const { app } = await build(t, { OTP_LENGTH: String(length) })
    const codes = times(2000).map(() => app.otp.generate())
    t.ok(codes.every(({ short }) => new RegExp(`^[0-9]{${length}}$`).test(short)))
    t.ok(codes.every(({ long }) => new RegExp(`^[0-9]{${Math.max(length, 6)}}$`).test(long)))
    const leadingZeros = codes.filter(({ short }) => short.startsWith('0')).length
    t.ok(leadingZeros > 100 && leadingZeros < 300, `${leadingZeros} of 2000 begin with 0`)
  }
})

t.test('a stored code expires after 300 seconds', async (t) => {
  const { keys } = await withCode(t)
  const ttl = await redis.ttl(keys.code)
  t.ok(ttl > 295 && ttl <= 300)
})

t.test('Redis stores a digest of the code that is useless without the secret', async (t) => {
  const { code, keys, phone } = await withCode(t)
  const stored = await redis.hget(keys.code, 'digest')
  t.match(stored, /^[0-9a-f]{64}$/)
  const { app: other } = await build(t, { OTP_SECRET: 'another secret of the same length, surely' })
  t.match(await verdict(from(HOME, other).validate(phone, code)), { code: 'OTP_INVALID' })
})

t.test('a right code works once, even if 60 arrive at the same moment', async (t) => {
  const { otp, phone, code } = await withCode(t)
  t.equal(countValid(await verdicts(times(60).map(() => otp.validate(phone, code)))), 1)
})

t.test('of 100 parallel wrong codes five are evaluated, and the code is burned', async (t) => {
  const { otp, phone, code, keys } = await withCode(t, { OTP_MAX_FAILURES_PER_DAY: '100' })
  const ended = await verdicts(times(100).map(() => otp.validate(phone, wrongCode(code))))
  const left = ended.map(({ attempts_left = -1 }) => attempts_left).filter((attempts) => attempts > 0)
  t.strictSame(left.sort(), [1, 2, 3, 4])
  t.equal(await redis.zcard(keys.short), 5)
  t.match(await verdict(otp.validate(phone, code)), { code: 'OTP_INVALID', attempts_left: 0 })
})

t.test('of parallel right and wrong codes exactly one is accepted', async (t) => {
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
  const { otp, phone, code } = await withCode(t)
  await letPass(phone)
  await otp.store(phone, wrongCode(code))
  t.match(await verdict(otp.validate(phone, code)), { code: 'OTP_INVALID' })
  t.match(await verdict(otp.validate(phone, wrongCode(code))), { code: 'valid' })
})

t.test('a code expires by the clock of Redis', async (t) => {
  const { otp, phone, code, keys } = await withCode(t, { OTP_TTL_SECONDS: '1' })
  await until(async () => !(await redis.exists(keys.code)))
  t.match(await verdict(otp.validate(phone, code)), { code: 'OTP_INVALID', attempts_left: 0 })
})

t.test('the next code must wait for the cooldown, which is reported', async (t) => {
  const { otp, phone } = await withCode(t)
  t.match(await verdict(otp.store(phone, '0000')), { code: 'OTP_COOLDOWN', retry_after: 60 })
  await letPass(phone, 50)
  const { retry_after = 0 } = await verdict(otp.store(phone, '0000'))
  t.ok(retry_after > 5 && retry_after <= 10, `${retry_after} of ten seconds`)
  await letPass(phone, 10)
  t.match(await verdict(otp.store(phone, '0000')), { code: 'valid' })
})

t.test('of 20 codes requested at the same moment one is stored', async (t) => {
  const { app } = await build(t)
  const phone = randomPhone()
  t.equal(countValid(await verdicts(times(20).map(() => from(HOME, app).store(phone, '1234')))), 1)
  t.equal(await redis.zcard(otpKeys(phone, 'sign-in').stranger_sends), 1)
})

for (const [setting, seconds] of [
  ['OTP_SENDS_PER_HOUR', 3_600],
  ['OTP_SENDS_PER_DAY', 86_400]
] as const) {
  t.test(`${setting} limits the codes sent to a number, and the refusal says how long`, async (t) => {
    const { otp, phone } = await withCode(t, { [setting]: '2' })
    await letPass(phone, 60)
    await otp.store(phone, '1234')
    await letPass(phone, 60)
    const { code, retry_after = 0 } = await verdict(otp.store(phone, '1234'))
    t.equal(code, 'OTP_SEND_LIMIT')
    t.ok(retry_after > seconds - 130 && retry_after <= seconds - 120, 'until the first expires')
    await letPass(phone, retry_after)
    t.match(await verdict(otp.store(phone, '1234')), { code: 'valid' })
  })
}

t.test('a success clears the failures', async (t) => {
  const { otp, phone, code, keys } = await withCode(t)
  await verdicts(times(3).map(() => otp.validate(phone, wrongCode(code))))
  t.equal(await redis.zcard(keys.short), 3)
  await otp.validate(phone, code)
  t.equal(await redis.exists(keys.short, keys.in_row), 0)
})

t.test('guesses without a live code cost the citizen nothing', async (t) => {
  const { app } = await build(t)
  const phone = randomPhone()
  await verdicts(times(30).map(() => from(HOME, app).validate(phone, '0000')))
  const { short, in_row } = otpKeys(phone, 'sign-in')
  t.equal(await redis.exists(short, in_row), 0)
})

t.test('withdrawing a code refunds its send and cooldown, and revives the previous code', async (t) => {
  const { otp, phone, code, keys } = await withCode(t, { OTP_SENDS_PER_HOUR: '2' })
  await letPass(phone)
  for (const _ of times(3)) {
    await otp.store(phone, wrongCode(code))
    await otp.withdraw(phone, wrongCode(code))
  }
  t.equal(await redis.zcard(keys.stranger_sends), 1)
  t.match(await verdict(otp.validate(phone, wrongCode(code))), { code: 'OTP_INVALID', attempts_left: 4 })
  t.match(await verdict(otp.validate(phone, code)), { code: 'valid' })
})

t.test('a used code does not come back when the next one is withdrawn', async (t) => {
  const { otp, phone, code } = await withCode(t)
  await otp.validate(phone, code)
  await letPass(phone)
  await otp.store(phone, wrongCode(code))
  await otp.withdraw(phone, wrongCode(code))
  t.match(await verdict(otp.validate(phone, code)), { code: 'OTP_INVALID', attempts_left: 0 })
})

t.test('a code burned by strangers while it was being sent is still refunded', async (t) => {
  const { app, otp, phone, code } = await withCode(t)
  await verdicts(times(5).map(() => from(STRANGER, app).validate(phone, wrongCode(code))))
  await otp.withdraw(phone, code)
  t.match(await verdict(otp.store(phone, code)), { code: 'valid' }, 'another one may be requested at once')
})

t.test('only the current code can be withdrawn', async (t) => {
  const { otp, phone, code, keys } = await withCode(t)
  await otp.withdraw(phone, wrongCode(code))
  t.equal(await redis.zcard(keys.stranger_sends), 1)
  t.match(await verdict(otp.validate(phone, code)), { code: 'valid' })
})

t.test('the code 1111 works for any number with DEBUG, and never without it', async (t) => {
  const { app: debug, log } = await build(t, { DEBUG: 'true' })
  t.match(await verdict(from(HOME, debug).validate(randomPhone(), '1111')), { code: 'valid' })
  t.ok(log.some((line) => line.includes('debug_code_used')))
  const warned = (lines: string[]) => lines.some((line) => line.includes('one code opens every account'))
  t.ok(warned(log))
  const { app, log: quiet } = await build(t)
  t.notOk(warned(quiet))
  t.match(await verdict(from(HOME, app).validate(randomPhone(), '1111')), { code: 'OTP_INVALID' })
})

t.test('scripts are reloaded automatically after SCRIPT FLUSH', async (t) => {
  const { otp, phone, code } = await withCode(t)
  await redis.script('FLUSH')
  t.match(await verdict(otp.validate(phone, code)), { code: 'valid' })
})
