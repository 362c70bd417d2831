import { randomUUID } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import t from 'tap'
import { otpKeys } from '../../../src/redis/otp-steps.ts'
import { build, createOutbox, gatewayOf, letPass, randomPhone, redis } from '../../helper.ts'
import { until } from '../../until.ts'

type Built = Awaited<ReturnType<typeof build>>

/** Asks for a code with an `Idempotency-Key`, from the client's own address. */
function sendWithKey({ app, address }: Built, key: string, phone: string, fields = {}) {
  return app.inject({
    method: 'POST',
    url: '/api/auth/send-otp/',
    headers: { 'idempotency-key': key },
    payload: { phone_number: phone, ...fields },
    remoteAddress: address
  })
}

/** An outbox whose gateway takes messages at once, but answers only when told to. */
function createSlowOutbox() {
  const outbox = createOutbox()
  let answer = () => {}
  const isToAnswer = new Promise<void>((resolve) => {
    answer = resolve
  })
  const gateway = gatewayOf(async (message) => {
    await outbox.gateway.send(message)
    await isToAnswer
  })
  return { ...outbox, gateway, answer }
}

t.test('a number typed with spaces and dashes gets a code by SMS', async (t) => {
  const { sendOtp, outbox } = await build(t)
  const phone = randomPhone()
  const typed = `${phone.slice(4, 6)} ${phone.slice(6, 9)}-${phone.slice(9, 11)}-${phone.slice(11)}`
  const reply = await sendOtp(typed)
  t.equal(reply.statusCode, 200)
  t.strictSame(reply.json(), { phone_number: phone, expires_in: 300, resend_in: 60, code_length: 4 })
  t.match(outbox.codeFor(phone), /^\d{4}$/)
})

t.test('the code has OTP_LENGTH digits, and the reply says so', async (t) => {
  const { sendOtp, outbox } = await build(t, { OTP_LENGTH: '6' })
  const phone = randomPhone()
  t.equal((await sendOtp(phone)).json().code_length, 6)
  t.match(outbox.codeFor(phone), /^\d{6}$/)
})

t.test('a number that cannot get an SMS is PHONE_INVALID', async (t) => {
  const { sendOtp } = await build(t)
  for (const phone of [
    '+998712345678',
    '+79161234567',
    'call me',
    '',
    '9'.repeat(5_000),
    '+99890123456\u0000'
  ]) {
    t.match((await sendOtp(phone)).json(), { statusCode: 400, code: 'PHONE_INVALID' })
  }
})

t.test('a second request at once is OTP_COOLDOWN, with the wait in body and header', async (t) => {
  const { sendOtp } = await build(t)
  const phone = randomPhone()
  await sendOtp(phone)
  const reply = await sendOtp(phone)
  t.match(reply.json(), { statusCode: 429, code: 'OTP_COOLDOWN', retry_after: 60 })
  t.equal(reply.headers['retry-after'], '60')
})

t.test(
  'a refused request leaves the outstanding code valid, even when the new code would be the same',
  async (t) => {
    const { app, sendOtp, verifyOtp } = await build(t)
    const { generate } = app.otp
    app.otp.generate = () => ({ ...generate(), short: '1234' })
    const phone = randomPhone()
    await sendOtp(phone)
    for (let times = 0; times < 2; times++) t.match((await sendOtp(phone)).json(), { code: 'OTP_COOLDOWN' })
    t.equal(await redis.zcard(otpKeys(phone, 'sign-in').stranger_sends), 1)
    t.match((await verifyOtp(phone, '1234')).json(), { is_new_user: true })
  }
)

t.test('a number with no sends left gets OTP_SEND_LIMIT', async (t) => {
  const { sendOtp } = await build(t, { OTP_SENDS_PER_HOUR: '1' })
  const phone = randomPhone()
  await sendOtp(phone)
  await letPass(phone)
  const reply = await sendOtp(phone)
  t.match(reply.json(), { statusCode: 429, code: 'OTP_SEND_LIMIT', retry_after: Number })
  t.ok(Number(reply.headers['retry-after']) > 3_500)
})

t.test(
  'a send no gateway accepts is SMS_UNAVAILABLE, costs nothing and may be retried at once',
  async (t) => {
    const working = await build(t)
    let down = true
    const gateway = gatewayOf(async (message) => {
      if (down) throw new Error('the provider is on fire')
      await working.outbox.gateway.send(message)
    })
    const { sendOtp, log } = await build(t, {}, { smsGateways: [gateway] })
    const phone = randomPhone()
    for (let i = 0; i < 8; i++) {
      const reply = await sendOtp(phone)
      t.match(reply.json(), { statusCode: 503, code: 'SMS_UNAVAILABLE', retry_after: 1 })
      t.notMatch(reply.body, /fire/, 'the cause is not shown')
    }
    t.ok(
      log.some((line) => line.includes('the provider is on fire')),
      'but it is logged'
    )
    down = false
    t.equal((await sendOtp(phone)).statusCode, 200)
  }
)

t.test('a code whose gateway times out may have been sent, so it counts and works', async (t) => {
  const outbox = createOutbox()
  const smsGateway = gatewayOf(async (message) => {
    await outbox.gateway.send(message)
    await new Promise(() => {})
  })
  const log: string[] = []
  const logger = { stream: { write: (line: string) => log.push(line) } }
  const built = await build(t, { SMS_TIMEOUT_MS: '50' }, { smsGateways: [smsGateway], logger })
  const phone = randomPhone()
  t.match((await built.sendOtp(phone)).json(), { phone_number: phone, code_length: 4 })
  t.match(log.join(''), 'sms_unknown')
  t.match((await built.sendOtp(phone)).json(), { code: 'OTP_COOLDOWN' })
  t.match((await built.verifyOtp(phone, outbox.codeFor(phone))).json(), { is_new_user: true })
})

t.test('a failure to give a send back is logged and does not change the reply', async (t) => {
  const smsGateway = gatewayOf(async () => {
    throw new Error('no route')
  })
  const log: string[] = []
  const logger = { stream: { write: (line: string) => log.push(line) } }
  const { app, sendOtp } = await build(t, {}, { smsGateways: [smsGateway], logger })
  app.otp.withdraw = async () => {
    throw new Error('Redis is away')
  }
  t.match((await sendOtp(randomPhone())).json(), { statusCode: 503, code: 'SMS_UNAVAILABLE' })
  t.ok(log.some((line) => line.includes('what a failed request had counted was not given back')))
})

t.test('a double tap, even at two processes, gives one SMS, one answer and a working code', async (t) => {
  const outbox = createSlowOutbox()
  const smsGateway = outbox.gateway
  const [one, other] = [
    await build(t, {}, { smsGateways: [smsGateway] }),
    await build(t, {}, { smsGateways: [smsGateway] })
  ]
  const [key, phone] = [randomUUID(), randomPhone()]
  const taps = [one, other, one, other].map((built) => sendWithKey(built, key, phone))
  await until(() => outbox.textsTo(phone).length > 0)
  outbox.answer()
  const replies = await Promise.all(taps)
  for (const reply of replies) {
    t.equal(reply.statusCode, 200)
    t.strictSame(reply.json(), { phone_number: phone, expires_in: 300, resend_in: 60, code_length: 4 })
  }
  t.equal(outbox.textsTo(phone).length, 1)
  t.equal(await redis.zcard(otpKeys(phone, 'sign-in').stranger_sends), 1, 'it counts once')
  t.match((await one.verifyOtp(phone, outbox.codeFor(phone))).json(), { is_new_user: true })
})

t.test(
  'a retry after a lost reply sends no second code, even from elsewhere or spelt differently',
  async (t) => {
    const outbox = createSlowOutbox()
    const built = await build(t, {}, { smsGateways: [outbox.gateway] })
    const origin = await built.app.listen({ host: '127.0.0.1', port: 0 })
    const [key, phone] = [randomUUID(), randomPhone()]
    const headers = { 'content-type': 'application/json', 'idempotency-key': key }
    const lost = httpRequest(`${origin}/api/auth/send-otp/`, { method: 'POST', headers })
    lost.on('error', () => {})
    lost.end(JSON.stringify({ phone_number: phone, captcha_token: 'used up' }))
    await until(() => outbox.textsTo(phone).length === 1)
    lost.destroy()
    const again = sendWithKey(built, key, phone.slice(4), { captcha_token: 'a new one' })
    outbox.answer()
    t.strictSame((await again).json(), {
      phone_number: phone,
      expires_in: 300,
      resend_in: 60,
      code_length: 4
    })
    t.equal(outbox.textsTo(phone).length, 1)
    t.match(
      (await sendWithKey(built, randomUUID(), phone)).json(),
      { code: 'OTP_COOLDOWN' },
      'a new tap is judged anew'
    )
  }
)

t.test('a key reused for another number or device is IDEMPOTENCY_MISMATCH and sends nothing', async (t) => {
  const built = await build(t)
  const [key, phone, other] = [randomUUID(), randomPhone(), randomPhone()]
  t.equal((await sendWithKey(built, key, phone)).statusCode, 200)
  const mismatch = { statusCode: 422, error: 'Unprocessable Entity', code: 'IDEMPOTENCY_MISMATCH' }
  t.match((await sendWithKey(built, key, other)).json(), mismatch)
  t.match((await sendWithKey(built, key, phone, { device_token: 'another' })).json(), mismatch)
  t.strictSame(built.outbox.textsTo(other), [])
})

t.test('a failed send can be retried with the same key', async (t) => {
  const outbox = createOutbox()
  let isDown = true
  const smsGateway = gatewayOf(async (message) => {
    if (isDown) throw new Error('no route')
    await outbox.gateway.send(message)
  })
  const built = await build(t, {}, { smsGateways: [smsGateway] })
  const [key, phone] = [randomUUID(), randomPhone()]
  t.match((await sendWithKey(built, key, phone)).json(), { code: 'SMS_UNAVAILABLE' })
  isDown = false
  t.equal((await sendWithKey(built, key, phone)).statusCode, 200)
  t.equal((await sendWithKey(built, key, phone)).statusCode, 200)
  t.equal(outbox.textsTo(phone).length, 1)
})

t.test('a refusal is not replayed: the same key is judged anew each time', async (t) => {
  const built = await build(t)
  const [key, phone] = [randomUUID(), randomPhone()]
  await built.sendOtp(phone)
  t.match((await sendWithKey(built, key, phone)).json(), { code: 'OTP_COOLDOWN' })
  await letPass(phone)
  t.equal((await sendWithKey(built, key, phone)).statusCode, 200)
  t.equal(built.outbox.textsTo(phone).length, 2)
})

t.test('a key has 1 to 255 visible ASCII characters; a refusal says so and sends nothing', async (t) => {
  const built = await build(t)
  const phone = randomPhone()
  for (const [key, message] of [
    ['', 'idempotency-key must not be empty.'],
    ['k'.repeat(256), 'idempotency-key must have at most 255 characters.'],
    ['two words', 'idempotency-key contains characters that are not allowed there.'],
    ['kalit\u00e9', 'idempotency-key contains characters that are not allowed there.']
  ] as const) {
    t.match((await sendWithKey(built, key, phone)).json(), {
      statusCode: 400,
      code: 'VALIDATION_FAILED',
      message
    })
  }
  t.strictSame(built.outbox.textsTo(phone), [])
  t.equal((await sendWithKey(built, '!'.padEnd(255, '~'), phone)).statusCode, 200)
})
