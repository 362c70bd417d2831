import { createHash, createHmac } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { type Gateway, GatewayFailure } from '../../src/sms/gateway.ts'
import { build, createOutbox, gatewayOf, keysLike, letPass, randomPhone, redis } from '../helper.ts'
import { until } from '../until.ts'

const CALLBACK_SECRET = 'a-secret-path-of-this-test-0123456789'
const TOKEN = 'T0KEN'
const settings = {
  TELEGRAM_WAIT_SECONDS: '1',
  TELEGRAM_TOKEN: TOKEN,
  SMS_CALLBACK_URL: 'https://auth.example.uz',
  SMS_CALLBACK_SECRET: CALLBACK_SECRET
}
/** Seconds after which a message would have gone by SMS too. */
const LATE = 3

/** Processes that send by Telegram, which reports whether each message has arrived, and then by SMS. */
async function processes(t: Test, { count = 1, arrives = false, answersAfterMs = 0 } = {}) {
  const [telegram, outbox] = [{ ...createOutbox(), isDown: false }, createOutbox()]
  const used: string[] = []
  const first: Gateway = {
    ...telegram.gateway,
    name: 'telegram',
    async send(message) {
      if (telegram.isDown) throw new GatewayFailure('unavailable', 'on fire')
      return { ...(await telegram.gateway.send(message)), channel: 'telegram' }
    },
    async isDelivered() {
      await wait(answersAfterMs)
      return arrives
    },
    noteUsed: async (_id, code) => void used.push(code)
  }
  const sms = gatewayOf((message) => outbox.gateway.send(message), 'sms')
  const all = []
  for (let i = 0; i < count; i++) all.push(await build(t, settings, { smsGateways: [first, sms] }))
  const [one, ...others] = all
  if (!one) throw new Error('no process')
  return { ...one, others, telegram, outbox, used }
}

t.test('a code replaced by a newer one is sent by no other gateway', async (t) => {
  const { sendOtp, telegram, outbox } = await processes(t)
  const phone = randomPhone()
  await sendOtp(phone)
  await letPass(phone)
  telegram.isDown = true
  await sendOtp(phone)
  t.equal(outbox.textsTo(phone).length, 1, 'the newer one went by SMS at once')
  await wait(LATE * 1_000)
  t.equal(outbox.textsTo(phone).length, 1)
})

t.test('a code used while Telegram is being asked about it costs no SMS', async (t) => {
  const { sendOtp, verifyOtp, telegram, outbox } = await processes(t, { answersAfterMs: 1_500 })
  const phone = randomPhone()
  await sendOtp(phone)
  await wait(2_000)
  t.equal((await verifyOtp(phone, telegram.codeFor(phone))).statusCode, 200)
  await wait(LATE * 1_000)
  t.strictSame(outbox.textsTo(phone), [])
})

t.test('a process that closes sends no waiting messages', async (t) => {
  const { app, sendOtp, outbox } = await processes(t)
  const phone = randomPhone()
  await sendOtp(phone)
  await app.close()
  await wait(LATE * 1_000)
  t.strictSame(outbox.textsTo(phone), [])
  await redis.del('sms:{fallback}:due', 'sms:{fallback}:messages')
})

/** The counts of these gateways for a number's operator. */
async function counted(phone: string) {
  const [key = ''] = await keysLike('sms:statistics:*')
  const all = await redis.hgetall(key)
  const prefix = phone.slice(0, 6)
  return (what: string) => Number(all[what.replace(':', `:${prefix}:`)] ?? 0)
}

t.test('a code that does not arrive by Telegram is sent by SMS, unchanged and once', async (t) => {
  const { sendOtp, verifyOtp, telegram, outbox } = await processes(t, { count: 2 })
  const phone = randomPhone()
  t.equal((await sendOtp(phone)).statusCode, 200)
  t.strictSame(outbox.textsTo(phone), [])
  await until(() => outbox.textsTo(phone).length > 0)
  await wait(1_500)
  t.strictSame(outbox.textsTo(phone), telegram.textsTo(phone))
  t.equal((await verifyOtp(phone, outbox.codeFor(phone))).statusCode, 200)
})

t.test('the SMS is sent even if the first process closes', async (t) => {
  const { app, sendOtp, others, outbox } = await processes(t, { count: 2 })
  const phone = randomPhone()
  await sendOtp(phone)
  await app.close()
  await until(() => outbox.textsTo(phone).length > 0)
  t.match(await others[0]?.verifyOtp(phone, outbox.codeFor(phone)), { statusCode: 200 })
})

t.test('a code that Telegram reports as arrived costs no SMS', async (t) => {
  const { sendOtp, outbox } = await processes(t, { arrives: true })
  const phone = randomPhone()
  await sendOtp(phone)
  await wait(LATE * 1_000)
  t.strictSame(outbox.textsTo(phone), [])
  t.equal(await redis.zcard('sms:{fallback}:due'), 0)
})

t.test('a used code costs no SMS, and Telegram is told', async (t) => {
  const { sendOtp, verifyOtp, telegram, outbox, used } = await processes(t)
  const phone = randomPhone()
  await sendOtp(phone)
  const code = telegram.codeFor(phone)
  await verifyOtp(phone, code)
  await wait(LATE * 1_000)
  t.strictSame(outbox.textsTo(phone), [])
  t.strictSame(used, [code])
})

t.test('messages waiting in Redis reveal no code or text', async (t) => {
  const { sendOtp, telegram } = await processes(t)
  const phone = randomPhone()
  await sendOtp(phone)
  const waiting = await redis.hget('sms:{fallback}:messages', phone)
  t.match(waiting, /^[\w-]+$/)
  t.notMatch(waiting, telegram.codeFor(phone))
})

t.test('a signed report of arrival prevents the SMS, unless it is about an older code', async (t) => {
  const { app, sendOtp, outbox } = await processes(t)
  const report = async (body: object) => {
    const payload = JSON.stringify(body)
    const timestamp = String(Math.floor(Date.now() / 1_000))
    const key = createHash('sha256').update(TOKEN).digest()
    const signature = createHmac('sha256', key).update(`${timestamp}\n${payload}`).digest('hex')
    const headers = { 'x-request-timestamp': timestamp, 'x-request-signature': signature }
    return app.inject({ method: 'POST', url: '/callbacks/telegram/', headers, payload })
  }
  const [phone, other] = [randomPhone(), randomPhone()]
  for (const number of [phone, other]) await sendOtp(number)
  const [, id] = (await redis.get(`sms:carrier:{${phone}}`))?.split(' ') ?? []
  const said = { phone_number: phone, delivery_status: { status: 'delivered', updated_at: 1 } }
  t.equal((await report({ ...said, request_id: id })).statusCode, 200)
  t.equal((await report({ ...said, phone_number: other, request_id: 'of an older one' })).statusCode, 200)
  await until(() => outbox.textsTo(other).length > 0)
  t.strictSame(outbox.textsTo(phone), [])
})

t.test('sends, deliveries and uses are counted once, by gateway and operator', async (t) => {
  const { app, sendOtp, verifyOtp, telegram } = await processes(t)
  const phone = randomPhone()
  const before = await counted(phone)
  await sendOtp(phone)
  const report = () =>
    app.inject({
      method: 'POST',
      url: `/callbacks/webhook/${CALLBACK_SECRET}/`,
      payload: { id: phone, phone_number: phone, status: 'delivered' }
    })
  // Providers report twice, and even before their reply to the message has come.
  for (const reply of await Promise.all([report(), report()])) t.equal(reply.statusCode, 200)
  await verifyOtp(phone, telegram.codeFor(phone))
  await until(async () => (await counted(phone))('telegram:used') > before('telegram:used'))
  const after = await counted(phone)
  for (const what of ['telegram:sent', 'webhook:delivered', 'telegram:used'])
    t.equal(after(what) - before(what), 1, what)
  const [key = ''] = await keysLike('sms:statistics:*')
  t.ok((await redis.ttl(key)) > 0, 'the counts expire')
})
