import { eq } from 'drizzle-orm'
import t, { type Test } from 'tap'
import type { Environment } from '../../src/config/settings.ts'
import { auditEvents, users } from '../../src/db/schema.ts'
import { db } from '../database.ts'
import { build, keysLike, randomPhone, signUp } from '../helper.ts'
import { createStaff } from '../staff.ts'
import { until } from '../until.ts'

const code = '482913'
const wrong = '482914'
const DAY = 86_400_000

/** The app with a test number whose last day is this many days from today. */
async function reviewed(t: Test, { days = 0, phone = randomPhone(), changes = {} as Environment } = {}) {
  const lastDay = new Date(Date.now() + days * DAY).toISOString().slice(0, 10)
  const built = await build(t, { TEST_NUMBERS: `${phone}:${code}:${lastDay}`, ...changes })
  return { ...built, phone, lastDay }
}

const uses = () => db.$count(auditEvents, eq(auditEvents.event, 'test_number_used'))
const keysOf = (phone: string) => keysLike(`*{${phone}}*`)

t.test('app reviewers sign in with the fixed code as often as needed', async (t) => {
  const { phone, sendOtp, verifyOtp, me } = await reviewed(t)
  for (const isNew of [true, false, false]) {
    t.equal((await sendOtp(phone)).statusCode, 200)
    const reply = await verifyOtp(phone, code)
    t.match(reply.json(), { is_new_user: isNew, role: 'citizen', profile_complete: false })
    t.equal((await me(reply.json().access)).json().phone_number, phone)
  }
  t.equal((await verifyOtp(phone, code)).statusCode, 200, 'even without requesting a code')
  t.equal((await verifyOtp(phone, ' 482-913\u200e')).statusCode, 200, 'even as it is pasted')
})

t.test('requests for a test number get the usual reply, but no SMS, cooldown or counter', async (t) => {
  const { phone, sendOtp, outbox } = await reviewed(t, { changes: { OTP_SENDS_PER_HOUR: '1' } })
  for (let i = 0; i < 3; i++) {
    const reply = await sendOtp(phone.slice(4))
    t.equal(reply.statusCode, 200)
    t.strictSame(reply.json(), { phone_number: phone, expires_in: 300, resend_in: 0, code_length: 6 })
  }
  t.strictSame(outbox.textsTo(phone), [])
  t.strictSame(await keysOf(phone), [])
})

t.test('the code opens only its own number', async (t) => {
  const { sendOtp, verifyOtp, outbox } = await reviewed(t)
  const other = randomPhone()
  await sendOtp(other)
  t.equal((await verifyOtp(other, code)).statusCode, 401)
  t.equal((await verifyOtp(other, outbox.codeFor(other))).statusCode, 200)
})

t.test('a wrong code is OTP_INVALID, and so is the right one with a digit more or less', async (t) => {
  const { phone, verifyOtp } = await reviewed(t)
  for (const guess of [wrong, `${code}0`, code.slice(1), code.slice(0, 5)]) {
    t.match((await verifyOtp(phone, guess)).json(), {
      statusCode: 401,
      code: 'OTP_INVALID',
      attempts_left: 0
    })
  }
})

t.test(
  'guesses are limited per day: of 50 parallel ones ten are judged, then even a right one waits',
  async (t) => {
    const { phone, verifyOtp } = await reviewed(t)
    const replies = await Promise.all(Array.from({ length: 50 }, () => verifyOtp(phone, wrong)))
    t.equal(replies.filter(({ statusCode }) => statusCode === 401).length, 10)
    t.equal(replies.filter(({ statusCode }) => statusCode === 429).length, 40)
    const refused = await verifyOtp(phone, code)
    t.match(refused.json(), { statusCode: 429, code: 'OTP_ATTEMPT_LIMIT' })
    const wait = Number(refused.headers['retry-after'])
    t.ok(wait > 86_300 && wait <= 86_400, 'a day')
  }
)

t.test('a sign-in does not reset the guesses, as the code stays the same', async (t) => {
  const { phone, verifyOtp } = await reviewed(t, { changes: { OTP_MAX_FAILURES_PER_DAY: '3' } })
  await verifyOtp(phone, wrong)
  await verifyOtp(phone, wrong)
  t.equal((await verifyOtp(phone, code)).statusCode, 200)
  t.equal((await verifyOtp(phone, code)).statusCode, 200, 'and costs none')
  t.equal((await verifyOtp(phone, wrong)).statusCode, 401)
  t.equal((await verifyOtp(phone, code)).statusCode, 429)
})

t.test('after its last day the number is like any other, without a restart', async (t) => {
  const { phone, sendOtp, verifyOtp, outbox } = await reviewed(t)
  t.equal((await verifyOtp(phone, code)).statusCode, 200, 'on the day')
  const tomorrow = Date.now() + DAY
  t.intercept(Date, 'now', { value: () => tomorrow })
  t.equal((await verifyOtp(phone, code)).statusCode, 401)
  t.match((await sendOtp(phone)).json(), { code_length: 4, resend_in: 60 })
  t.equal((await sendOtp(phone)).json().code, 'OTP_COOLDOWN')
  t.equal((await verifyOtp(phone, code)).statusCode, 401)
  // An embedded database jumps a day ahead too, which the service learns when it next reads that clock.
  await until(async () => (await verifyOtp(phone, outbox.codeFor(phone))).statusCode === 200)
})

t.test('a number whose last day is over is refused, and the service still starts', async (t) => {
  const { phone, verifyOtp } = await reviewed(t, { days: -1 })
  t.equal((await verifyOtp(phone, code)).statusCode, 401)
})

t.test('each use leaves a warning with the masked number and an audit event', async (t) => {
  const { phone, verifyOtp, sendOtp, log } = await reviewed(t)
  const before = await uses()
  await sendOtp(phone)
  await verifyOtp(phone, wrong)
  t.equal(await uses(), before, 'a wrong code is not a use')
  await verifyOtp(phone, code)
  await verifyOtp(phone, code)
  t.equal(await uses(), before + 2)
  const warned = log.map((line) => JSON.parse(line)).filter(({ event }) => event === 'test_number_used')
  t.match(warned, [
    { level: 40, phone: /^\+998\d\d\*/ },
    { level: 40, phone: /^\+998\d\d\*/ }
  ])
  const told = log.map((line) => JSON.stringify({ ...JSON.parse(line), time: 0 })).join('')
  t.notOk([phone, code].some((secret) => told.includes(secret)))
})

t.test('deleting the account of a test number keeps the record', async (t) => {
  const { phone, verifyOtp, deleteMe } = await reviewed(t)
  const before = await uses()
  const { access } = (await verifyOtp(phone, code)).json()
  t.equal((await deleteMe(access)).statusCode, 204)
  t.equal(await uses(), before + 1)
})

t.test('staff are refused as if the code were wrong, and the log says so', async (t) => {
  const { phone } = await createStaff()
  const { sendOtp, verifyOtp, log } = await reviewed(t, { phone, changes: { OTP_MAX_FAILURES_PER_DAY: '2' } })
  const before = await uses()
  await sendOtp(phone)
  const [right, guess] = [await verifyOtp(phone, code), await verifyOtp(phone, wrong)]
  t.equal(right.statusCode, 401)
  t.equal(right.body, guess.body)
  t.equal((await verifyOtp(phone, code)).statusCode, 429, 'it counts as a guess, too')
  t.match(log.join(''), /test_number_refused/)
  t.equal(await uses(), before)
})

t.test('a disabled account stays disabled', async (t) => {
  const { phone, verifyOtp } = await reviewed(t)
  await verifyOtp(phone, code)
  await db.update(users).set({ isActive: false }).where(eq(users.phoneNumber, phone))
  t.match((await verifyOtp(phone, code)).json(), { statusCode: 403, code: 'ACCOUNT_DISABLED' })
})

t.test('a fixed code cannot move an account to its test number', async (t) => {
  const built = await reviewed(t)
  const { access } = await signUp(built)
  t.match((await built.sendPhoneCode(access, built.phone)).json(), { code_length: 4, resend_in: 60 })
  t.equal(built.outbox.textsTo(built.phone).length, 1, 'an SMS is sent, as to every number')
  t.equal((await built.changePhone(access, built.phone, code)).statusCode, 401)
})

t.test('startup warns how many fixed codes are open, and until when', async (t) => {
  const [first, second, third] = [0, 30, -1].map((days) =>
    new Date(Date.now() + days * DAY).toISOString().slice(0, 10)
  )
  const entries = [first, second, third].map((day, i) => `+99890123456${i}:${code}:${day}`)
  const { log } = await build(t, { TEST_NUMBERS: entries.join(',') })
  const told = log.map((line) => JSON.parse(line)).find(({ event }) => event === 'test_numbers')
  t.match(told, { level: 40, live: 2, over: 1, until: second })
  t.notMatch(log.join(''), /\+998\d{9}|"482913"/)
  t.notMatch((await build(t)).log.join(''), 'test_numbers')
})
