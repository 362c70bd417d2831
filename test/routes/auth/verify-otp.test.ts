import { eq } from 'drizzle-orm'
import t from 'tap'
import { sessions, users } from '../../../src/db/schema.ts'
import { db } from '../../database.ts'
import { build, randomPhone, redis, signUp, wrongCode } from '../../helper.ts'
import { findUserByPhone } from '../../rows.ts'
import { until } from '../../until.ts'

t.test('the first sign-in creates the user, the second finds it', async (t) => {
  const { sendOtp, verifyOtp, outbox } = await build(t, { OTP_RESEND_SECONDS: '1', OTP_TTL_SECONDS: '60' })
  const phone = randomPhone()
  await sendOtp(phone)
  const first = await verifyOtp(phone, outbox.codeFor(phone))
  t.equal(first.statusCode, 200)
  t.match(first.json(), {
    access: /^ey/,
    refresh: /^ey/,
    is_new_user: true,
    role: 'citizen',
    profile_complete: false
  })
  await until(async () => (await sendOtp(phone)).statusCode === 200)
  const second = await verifyOtp(phone, outbox.codeFor(phone))
  t.match(second.json(), { is_new_user: false, role: 'citizen', profile_complete: false })
  t.equal(await db.$count(users, eq(users.phoneNumber, phone)), 1)
})

t.test('a code works once', async (t) => {
  const { sendOtp, verifyOtp, outbox } = await build(t)
  const phone = randomPhone()
  await sendOtp(phone)
  const code = outbox.codeFor(phone)
  t.match((await verifyOtp(phone, wrongCode(code))).json(), {
    statusCode: 401,
    code: 'OTP_INVALID',
    attempts_left: 4
  })
  t.equal((await verifyOtp(phone, code)).statusCode, 200)
  t.match((await verifyOtp(phone, code)).json(), { statusCode: 401, code: 'OTP_INVALID', attempts_left: 0 })
})

t.test('a code sent 60 times in parallel signs in once', async (t) => {
  const { sendOtp, verifyOtp, outbox } = await build(t)
  const phone = randomPhone()
  await sendOtp(phone)
  const code = outbox.codeFor(phone)
  const replies = await Promise.all(Array.from({ length: 60 }, () => verifyOtp(phone, code)))
  t.equal(replies.filter(({ statusCode }) => statusCode === 200).length, 1)
  t.equal(replies.filter(({ statusCode }) => statusCode === 401).length, 59)
})

t.test('50 parallel first sign-ins make one user and one is_new_user', async (t) => {
  const { verifyOtp } = await build(t, { DEBUG: 'true' })
  const phone = randomPhone()
  const replies = await Promise.all(Array.from({ length: 50 }, () => verifyOtp(phone, '1111')))
  t.ok(replies.every(({ statusCode }) => statusCode === 200))
  t.equal(replies.filter((reply) => reply.json().is_new_user).length, 1)
  t.equal(await db.$count(users, eq(users.phoneNumber, phone)), 1)
})

t.test('a code sent before a restart signs in after it', async (t) => {
  const before = await build(t)
  const phone = randomPhone()
  await before.sendOtp(phone)
  await before.app.close()
  const after = await build(t)
  t.equal((await after.verifyOtp(phone, before.outbox.codeFor(phone))).statusCode, 200)
})

t.test(
  'an address that guesses too often gets OTP_ATTEMPT_LIMIT, with the wait in body and header',
  async (t) => {
    const { sendOtp, verifyOtp, outbox } = await build(t, { ADDRESS_FAILURES_PER_DAY: '1' })
    const phone = randomPhone()
    await sendOtp(phone)
    const code = outbox.codeFor(phone)
    for (let guesses = 0; guesses < 2; guesses++)
      t.equal((await verifyOtp(phone, wrongCode(code))).statusCode, 401)
    const reply = await verifyOtp(phone, code)
    t.match(reply.json(), { statusCode: 429, code: 'OTP_ATTEMPT_LIMIT', retry_after: 86_400 })
    t.equal(reply.headers['retry-after'], '86400')
  }
)

t.test('a disabled account is ACCOUNT_DISABLED, but only after the right code', async (t) => {
  const built = await build(t, { DEBUG: 'true' })
  const { phone } = await signUp(built)
  await db.update(users).set({ isActive: false }).where(eq(users.phoneNumber, phone))
  t.match((await built.verifyOtp(phone, '0000')).json(), { statusCode: 401, code: 'OTP_INVALID' })
  t.match((await built.verifyOtp(phone, '1111')).json(), { statusCode: 403, code: 'ACCOUNT_DISABLED' })
})

t.test('a sign-in opens one session: 14 days unused, 30 days at most', async (t) => {
  const built = await build(t)
  const { phone } = await signUp(built)
  const user = await findUserByPhone(db, phone)
  const opened = await db
    .select()
    .from(sessions)
    .where(eq(sessions.userId, user?.id ?? ''))
  const lives = opened.map(({ createdAt, expiresAt, absoluteExpiresAt }) =>
    [expiresAt, absoluteExpiresAt].map((end) => (Number(end) - Number(createdAt)) / 86_400_000)
  )
  t.strictSame(lives, [[14, 30]])
})

t.test('a code that is not a string of 4 to 8 digits is refused with a reason', async (t) => {
  const { app } = await build(t)
  for (const [code, complaint] of [
    [1234, /code must be a JSON string/],
    ['12', /code must have at least 4/],
    ['123456789', /code must have at most 8/],
    ['12a4', /code contains characters/],
    ['12.34', /code contains characters/],
    [' 1 2 - 3 ', /code must have at least 4/],
    ['①②③④', /code contains characters/],
    [' \u200b ', /code must have at least 4/],
    [null, /code must be a JSON string/],
    ['1'.repeat(5_000), /code must have at most 8/]
  ]) {
    const payload = { phone_number: randomPhone(), code }
    const reply = await app.inject({ method: 'POST', url: '/api/auth/verify-otp', payload })
    t.match(reply.json(), { statusCode: 400, code: 'VALIDATION_FAILED', message: complaint })
  }
})

t.test('a code works however it is pasted', async (t) => {
  const built = await build(t, { OTP_LENGTH: '6' })
  const pastes = [
    (code: string) => ` ${code}\n`,
    (code: string) => `${code.slice(0, 3)}-${code.slice(3)}`,
    (code: string) => `${code.slice(0, 3)} – ${code.slice(3)}\u00a0`,
    (code: string) => [...code].join(' \u200b'),
    (code: string) => `\u2068${code}\u2069`,
    (code: string) => `\ufeff${code}`,
    ...['٠', '۰', '０', '०', '𝟎'].map(
      (zero) => (code: string) =>
        code.replace(/\d/g, (digit) => String.fromCodePoint((zero.codePointAt(0) ?? 0) + Number(digit)))
    )
  ]
  for (const paste of pastes) {
    const phone = randomPhone()
    await built.sendOtp(phone)
    const pasted = paste(built.outbox.codeFor(phone))
    t.equal((await built.verifyOtp(phone, pasted)).statusCode, 200, escape(pasted))
  }
})

t.test('the DEBUG code can be pasted too, and a wrong code stays wrong', async (t) => {
  const built = await build(t, { DEBUG: 'true' })
  t.equal((await built.verifyOtp(randomPhone(), ' ۱۱-۱۱ ')).statusCode, 200)
  const phone = randomPhone()
  await built.sendOtp(phone)
  const wrong = [...wrongCode(built.outbox.codeFor(phone))].join('-')
  t.match((await built.verifyOtp(phone, wrong)).json(), { code: 'OTP_INVALID', attempts_left: 4 })
})

t.test('the DEBUG code gets the reply of a code that was sent, with a working device token', async (t) => {
  const built = await build(t, { DEBUG: 'true' })
  const [sent, phone] = [randomPhone(), randomPhone()]
  await built.sendOtp(sent)
  const byCode = (await built.verifyOtp(sent, built.outbox.codeFor(sent))).json()
  const first = (await built.verifyOtp(phone, '1111')).json<{ device_token: string }>()
  t.strictSame(Object.keys(first), Object.keys(byCode))
  const elsewhere = (path: string, payload: object) =>
    built.app.inject({
      ...{ method: 'POST', url: `/api/auth/${path}/`, remoteAddress: '10.66.6.7' },
      payload: { phone_number: phone, ...payload }
    })
  t.equal((await built.sendOtp(phone)).statusCode, 200)
  t.match((await elsewhere('send-otp', {})).json(), { code: 'OTP_COOLDOWN' }, 'a stranger waits')
  const { device_token } = first
  t.equal((await elsewhere('send-otp', { device_token })).statusCode, 200, 'the device does not')
  t.match((await elsewhere('verify-otp', { code: '1111', device_token })).json(), { device_token })
  const made_up = 'A'.repeat(22)
  const other = (await elsewhere('verify-otp', { code: '1111', device_token: made_up })).json()
  t.not(other.device_token, made_up, 'a client cannot choose its token')
})

t.test('changing a number with the DEBUG code makes no device known to it', async (t) => {
  const built = await build(t, { DEBUG: 'true' })
  const { access } = await signUp(built)
  const next = randomPhone()
  t.equal((await built.changePhone(access, next, '1111')).statusCode, 200)
  t.equal(await redis.zcard(`otp:{${next}}:known`), 0)
})

t.test('a device token can ask for the next code from anywhere and stays the same', async (t) => {
  const built = await build(t)
  const { phone, deviceToken } = await signUp(built)
  const elsewhere = (path: string, payload: object) =>
    built.app.inject({ method: 'POST', url: `/api/auth/${path}/`, payload, remoteAddress: '10.66.6.6' })
  const stranger = await elsewhere('send-otp', { phone_number: phone })
  t.match(stranger.json(), { code: 'OTP_COOLDOWN' })
  const known = await elsewhere('send-otp', { phone_number: phone, device_token: deviceToken })
  t.equal(known.statusCode, 200)
  const code = built.outbox.codeFor(phone)
  const reply = await elsewhere('verify-otp', { phone_number: phone, code, device_token: deviceToken })
  t.match(reply.json(), { is_new_user: false, device_token: deviceToken })
})

t.test('a known device signs in from an address whose guesses others have used up', async (t) => {
  const built = await build(t, { ADDRESS_FAILURES_PER_DAY: '1' })
  const { phone, deviceToken } = await signUp(built)
  // Twice as many as the address has: one, plus two for the sign-in.
  for (let guesses = 0; guesses < 6; guesses++) {
    const neighbour = randomPhone()
    await built.sendOtp(neighbour)
    await built.verifyOtp(neighbour, wrongCode(built.outbox.codeFor(neighbour)))
  }
  t.equal((await built.sendOtp(phone)).statusCode, 200)
  const code = built.outbox.codeFor(phone)
  t.equal((await built.verifyOtp(phone, wrongCode(code))).statusCode, 401, 'the asker has one guess')
  t.match((await built.verifyOtp(phone, code)).json(), { statusCode: 429, code: 'OTP_ATTEMPT_LIMIT' })
  const payload = { phone_number: phone, code, device_token: deviceToken }
  const { app, address: remoteAddress } = built
  const reply = await app.inject({ method: 'POST', url: '/api/auth/verify-otp/', payload, remoteAddress })
  t.equal(reply.statusCode, 200)
})

t.test('a sign-in after 90 idle days finds an empty profile and no known device', async (t) => {
  const built = await build(t, { DEBUG: 'true', OTP_RESEND_SECONDS: '1' })
  const old = await signUp(built)
  await built.patchProfile(old.access, { full_name: 'Aziza Karimova', neighborhood: 'Chilonzor' })
  await db
    .update(users)
    .set({ lastSignInAt: new Date(Date.now() - 91 * 86_400_000) })
    .where(eq(users.phoneNumber, old.phone))
  await until(async () => (await built.sendOtp(old.phone)).statusCode === 200)
  const code = built.outbox.codeFor(old.phone)
  const payload = { phone_number: old.phone, code }
  const { app } = built
  const reply = (
    await app.inject({ method: 'POST', url: '/api/auth/verify-otp/', payload, remoteAddress: '10.77.7.7' })
  ).json()
  t.match(reply, { is_new_user: false, profile_complete: false })
  t.match((await built.me(reply.access)).json(), {
    full_name: null,
    neighborhood: null,
    location: null,
    profile_complete: false
  })
  t.match((await built.me(old.access)).json(), { code: 'SESSION_ENDED' })
  await until(async () => (await redis.zcard(`otp:{${old.phone}}:known`)) === 2)
  const answer = await app.inject({
    ...{ method: 'POST', url: '/api/auth/send-otp/', remoteAddress: '10.88.8.8' },
    payload: { phone_number: old.phone, device_token: old.deviceToken }
  })
  t.match(answer.json(), { code: 'OTP_COOLDOWN' }, 'the old device is a stranger')
})
