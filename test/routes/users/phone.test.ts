import { eq } from 'drizzle-orm'
import t from 'tap'
import { sessions } from '../../../src/db/schema.ts'
import { db } from '../../database.ts'
import {
  build,
  claimsOf,
  createOutbox,
  gatewayOf,
  letPass,
  randomPhone,
  redis,
  signUp,
  wrongCode
} from '../../helper.ts'
import { createStaff } from '../../staff.ts'
import { until } from '../../until.ts'

type Built = Awaited<ReturnType<typeof build>>

/** A citizen who has a code for a new number. */
async function moving(built: Built, next = randomPhone()) {
  const citizen = await signUp(built)
  const asked = await built.sendPhoneCode(citizen.access, next)
  return { ...citizen, next, asked, code: built.outbox.codeFor(next) }
}
const age = (sid: string, seconds: number) =>
  db
    .update(sessions)
    .set({ createdAt: new Date(Date.now() - seconds * 1_000) })
    .where(eq(sessions.id, sid))

t.test('a change of number keeps the account, and the old number is notified', async (t) => {
  const built = await build(t, { DEBUG: 'true' })
  const { phone, access, refresh, next, asked, code } = await moving(built)
  t.match(asked.json(), { phone_number: next, expires_in: 300, resend_in: 60, code_length: 4 })
  const elsewhere = (await built.verifyOtp(phone, '1111')).json()
  const before = (await built.me(access)).json()

  const reply = await built.changePhone(access, next, code)
  t.strictSame([reply.statusCode, reply.json()], [200, { ...before, phone_number: next }])
  t.match((await built.me(access)).json(), { id: before.id, phone_number: next }, 'this session continues')
  t.equal((await built.refresh(refresh)).statusCode, 200)
  t.match(
    (await built.me(elsewhere.access)).json(),
    { code: 'SESSION_ENDED' },
    'every other session has ended'
  )
  t.match(built.outbox.textsTo(phone).at(-1), /boshqa raqam/)
  await until(async () => !(await redis.exists(`otp:{${phone}}:known`)))
  t.equal(await redis.exists(`otp:{${phone}}:known`), 0, 'the old number has no known device')
  t.equal(await redis.exists(`otp:{${next}}:known`), 0, 'nor has the new one yet')

  t.match(
    (await built.verifyOtp(phone, '1111')).json(),
    { is_new_user: true },
    'the old number starts afresh'
  )
  t.match((await built.verifyOtp(next, '1111')).json(), { is_new_user: false })
})

t.test('a code for a change works however it is pasted', async (t) => {
  const built = await build(t)
  const { access, next, code } = await moving(built)
  const pasted = ` ${code.slice(0, 2)}-${code.slice(2)}\u00a0`
  t.match((await built.changePhone(access, `tel:${next}`, pasted)).json(), { phone_number: next })
})

t.test('a code for a change signs nobody in, and a sign-in code changes no number', async (t) => {
  const built = await build(t)
  const { access, next, code } = await moving(built)
  t.match((await built.verifyOtp(next, code)).json(), { statusCode: 401, code: 'OTP_INVALID' })
  t.equal((await built.changePhone(access, next, code)).statusCode, 200, 'it still works for the change')

  const other = randomPhone()
  await built.sendOtp(other)
  const signIn = built.outbox.codeFor(other)
  t.match((await built.changePhone(access, other, signIn)).json(), { statusCode: 401, code: 'OTP_INVALID' })
  t.match((await built.verifyOtp(other, signIn)).json(), { is_new_user: true })
})

t.test('a code for a change works once, for its asker and its number only', async (t) => {
  const built = await build(t)
  const [one, other] = [await moving(built), await signUp(built)]
  const wrong = { statusCode: 401, code: 'OTP_INVALID' }
  t.match((await built.changePhone(other.access, one.next, one.code)).json(), wrong, 'somebody else')
  t.match((await built.changePhone(one.access, randomPhone(), one.code)).json(), wrong, 'another number')
  t.match((await built.changePhone(one.access, one.next, wrongCode(one.code))).json(), wrong)
  t.equal((await built.changePhone(one.access, one.next, one.code)).statusCode, 200)
  t.match((await built.changePhone(one.access, one.next, one.code)).json(), wrong, 'spent')
})

t.test('a number has one budget of codes and guesses for sign-ins and changes', async (t) => {
  const built = await build(t, { OTP_MAX_FAILURES_PER_DAY: '3' })
  const { access, next, code } = await moving(built)
  t.match((await built.sendOtp(next)).json(), { statusCode: 429, code: 'OTP_COOLDOWN' })
  for (let times = 0; times < 2; times++) await built.changePhone(access, next, wrongCode(code))
  await letPass(next)
  t.match((await built.sendOtp(next)).json(), { code_length: 6 })
})

t.test('a number of another account is PHONE_TAKEN only once its code is entered', async (t) => {
  const built = await build(t)
  const owner = await signUp(built)
  const { access, phone } = await signUp(built)
  t.match(
    (await built.sendPhoneCode(access, phone)).json(),
    { statusCode: 409, code: 'PHONE_TAKEN' },
    'their own number'
  )

  await letPass(owner.phone)
  const asked = await built.sendPhoneCode(access, owner.phone)
  t.match(asked.json(), { phone_number: owner.phone }, 'asking reveals nothing')
  const code = built.outbox.codeFor(owner.phone)
  t.match((await built.changePhone(access, owner.phone, code)).json(), {
    statusCode: 409,
    code: 'PHONE_TAKEN'
  })
  t.match((await built.me(access)).json(), { phone_number: phone })
  t.match((await built.me(owner.access)).json(), { phone_number: owner.phone })
})

t.test('a right code that changes nothing counts as no sign-in, however often it is entered', async (t) => {
  const built = await build(t)
  const owner = await signUp(built)
  const { access } = await signUp(built)
  await letPass(owner.phone)
  await built.sendPhoneCode(access, owner.phone)
  const code = built.outbox.codeFor(owner.phone)
  const signIns = async () => ({
    ofAddress: await redis.zrange(`address:{${built.address}}:signed-in`, '0', '-1', 'WITHSCORES'),
    ofDay: await redis.get('service:{all}:sign-ins:day')
  })
  const before = await signIns()
  for (let time = 0; time < 3; time++)
    t.match((await built.changePhone(access, owner.phone, code)).json(), { code: 'PHONE_TAKEN' })
  // Forgiving is not awaited: it would come with the steps of another request.
  await built.me(access)
  t.strictSame(await signIns(), before)
})

t.test('of two users racing for a number one gets it, the other a 409', async (t) => {
  const built = await build(t, { DEBUG: 'true' })
  for (let round = 0; round < 5; round++) {
    const next = randomPhone()
    const people = [await signUp(built), await signUp(built)]
    const replies = await Promise.all(people.map(({ access }) => built.changePhone(access, next, '1111')))
    t.strictSame(replies.map(({ statusCode }) => statusCode).sort(), [200, 409])
    const numbers = await Promise.all(
      people.map(async ({ access }) => (await built.me(access)).json().phone_number)
    )
    t.equal(numbers.filter((number) => number === next).length, 1)
  }
})

t.test('a sign-in over ten minutes old cannot change the number, however fresh its token', async (t) => {
  const built = await build(t)
  const { access, refresh, next, code } = await moving(built)
  await age(claimsOf(access).sid, 570)
  t.equal((await built.changePhone(access, next, wrongCode(code))).statusCode, 401, 'recent enough')
  await age(claimsOf(access).sid, 601)
  const renewed = (await built.refresh(refresh)).json()
  const refused = { statusCode: 403, code: 'REAUTH_REQUIRED' }
  t.match((await built.changePhone(renewed.access, next, code)).json(), refused)
  t.match((await built.sendPhoneCode(renewed.access, randomPhone())).json(), refused)
})

t.test('a failure to notify the old number does not undo the change', async (t) => {
  const outbox = createOutbox()
  let down = ''
  const smsGateway = gatewayOf(async (message) => {
    if (message.to === down) throw new Error('no route')
    await outbox.gateway.send(message)
  })
  const built = { ...(await build(t, {}, { smsGateways: [smsGateway], logger: {} })), outbox }
  const { phone, access, next, code } = await moving(built)
  down = phone
  t.match((await built.changePhone(access, next, code)).json(), { phone_number: next })
})

t.test('a code that no gateway accepts costs no send and leaves a sign-in code valid', async (t) => {
  const outbox = createOutbox()
  let isDown = false
  const smsGateway = gatewayOf(async (message) => {
    if (isDown) throw new Error('no route')
    await outbox.gateway.send(message)
  })
  const built = {
    ...(await build(
      t,
      { OTP_SENDS_PER_HOUR: '2', PHONE_CHANGE_SENDS_PER_DAY: '2' },
      { smsGateways: [smsGateway], logger: {} }
    )),
    outbox
  }
  const { access } = await signUp(built)
  const next = randomPhone()
  await built.sendOtp(next)
  const signIn = outbox.codeFor(next)
  await letPass(next)
  isDown = true
  for (let times = 0; times < 3; times++) {
    t.match((await built.sendPhoneCode(access, next)).json(), { statusCode: 503, code: 'SMS_UNAVAILABLE' })
  }
  isDown = false
  t.equal((await built.sendPhoneCode(access, next)).statusCode, 200)
  t.equal((await built.changePhone(access, next, wrongCode(outbox.codeFor(next)))).statusCode, 401)
  t.match((await built.verifyOtp(next, signIn)).json(), { is_new_user: true })
})

t.test('codes to other numbers are limited for each account, and calls for each address', async (t) => {
  const built = await build(t, { PHONE_CHANGE_SENDS_PER_DAY: '3' })
  const { access } = await signUp(built)
  const busy = randomPhone()
  await built.sendOtp(busy)
  t.match((await built.sendPhoneCode(access, busy)).json(), { code: 'OTP_COOLDOWN' }, 'this costs nothing')
  for (let times = 0; times < 3; times++) {
    t.equal((await built.sendPhoneCode(access, randomPhone())).statusCode, 200)
  }
  const refused = await built.sendPhoneCode(access, randomPhone())
  t.match(refused.json(), { statusCode: 429, code: 'OTP_SEND_LIMIT', retry_after: 86_400 })
  t.equal((await built.sendPhoneCode((await signUp(built)).access, randomPhone())).statusCode, 200)

  const strict = await build(t, { RATE_LIMIT_MAX: '3' })
  const citizen = await signUp(strict)
  for (let times = 0; times < 3; times++) await strict.sendPhoneCode(citizen.access, 'x')
  t.match((await strict.sendPhoneCode(citizen.access, 'x')).json(), {
    statusCode: 429,
    code: 'RATE_LIMITED'
  })
})

t.test('a session that ends while its code is judged changes no number', async (t) => {
  const built = await build(t)
  const { access, next, code } = await moving(built)
  const { validate } = built.app.otp
  built.app.otp.validate = async (...guess) => {
    const deviceToken = await validate(...guess)
    await built.endSessions(access)
    return deviceToken
  }
  t.match((await built.changePhone(access, next, code)).json(), { statusCode: 401, code: 'SESSION_ENDED' })
})

t.test('a change that succeeded but was reported as failed can be repeated with the same code', async (t) => {
  const built = await build(t)
  const { phone, access, next, code } = await moving(built)
  const { forgetDevices } = built.app.otp
  built.app.otp.forgetDevices = () => {
    throw new Error('the process fails after the change')
  }
  t.equal((await built.changePhone(access, next, code)).statusCode, 500)
  built.app.otp.forgetDevices = forgetDevices

  t.match((await built.changePhone(access, next, wrongCode(code))).json(), { code: 'OTP_INVALID' })
  await letPass(next)
  const elsewhere = await signUp(built, next)
  const reply = await built.changePhone(access, next, code)
  t.match([reply.statusCode, reply.json()], [200, { phone_number: next }])
  t.equal((await built.me(elsewhere.access)).statusCode, 200, 'a session opened since then stays')
  t.equal(built.outbox.textsTo(phone).length, 1, 'only the sign-up code was sent')
})

t.test('anything but a mobile number is PHONE_INVALID', async (t) => {
  const built = await build(t)
  const { access } = await signUp(built)
  t.match((await built.sendPhoneCode(access, '71 123 45 67')).json(), {
    statusCode: 400,
    code: 'PHONE_INVALID'
  })
  t.match((await built.changePhone(access, 'mine', '1234')).json(), {
    statusCode: 400,
    code: 'PHONE_INVALID'
  })
})

t.test('a staff number can be changed from a staff session, not from one opened by SMS', async (t) => {
  const built = await build(t, { DEBUG: 'true' })
  const { phone, password } = await createStaff()
  const bySms = (await built.verifyOtp(phone, '1111')).json().access
  const refused = { statusCode: 409, code: 'STAFF_ACCOUNT' }
  const next = randomPhone()
  t.match((await built.sendPhoneCode(bySms, next)).json(), refused)
  t.strictSame(built.outbox.textsTo(next), [], 'no SMS is sent')
  t.match((await built.changePhone(bySms, next, '1111')).json(), refused)
  const byPassword = (await built.staffLogin(phone, password)).json().access
  t.match((await built.changePhone(byPassword, next, '1111')).json(), { phone_number: next })
})

t.test("a repeated call with one Idempotency-Key counts once, and the key is the user's", async (t) => {
  const built = await build(t, { PHONE_CHANGE_SENDS_PER_DAY: '1' })
  const [{ access }, other] = [await signUp(built), await signUp(built)]
  const next = randomPhone()
  const ask = (token: string) =>
    built.app.inject({
      method: 'POST',
      url: '/api/users/phone/',
      headers: { authorization: `Bearer ${token}`, 'idempotency-key': 'one-tap' },
      payload: { phone_number: next }
    })
  const first = await ask(access)
  t.equal(first.statusCode, 200)
  t.strictSame((await ask(access)).json(), first.json())
  t.equal(built.outbox.textsTo(next).length, 1)
  t.match((await ask(other.access)).json(), { code: 'OTP_COOLDOWN' })
})
