import { once } from 'node:events'
import t, { type Test } from 'tap'
import type { Message } from '../../src/sms/gateway.ts'
import { randomAddress, service, times } from '../guarded-service.ts'
import { build, createOutbox, gatewayOf, randomPhone } from '../helper.ts'

const RESEND_SECONDS = 60
const hello = () => ({ to: randomPhone(), text: 'hello', language: 'en' as const, ttlSeconds: 300 })

/** `fastify.sms` with one gateway that delivers like this. */
async function withGateway(t: Test, deliver: (message: Message) => Promise<unknown>) {
  const { app } = await build(t, { SMS_TIMEOUT_MS: '60000' }, { smsGateways: [gatewayOf(deliver)] })
  return app.sms
}

t.test('messages reach the gateway unchanged', async (t) => {
  const delivered: unknown[] = []
  const { send } = await withGateway(t, async ({ signal: _, ...message }) => delivered.push(message))
  const message = { ...hello(), code: '4821' }
  await send(message)
  t.strictSame(delivered, [message])
})

t.test('a send ends only after the gateway has taken the message', async (t) => {
  let taken = false
  const { send } = await withGateway(t, async () => {
    await new Promise(setImmediate)
    taken = true
  })
  await send(hello())
  t.ok(taken)
})

t.test('a gateway is aborted when its request runs out of time', async (t) => {
  let asked: AbortSignal | undefined
  const { send } = await withGateway(t, async ({ signal }) => {
    asked = signal
    await once(signal, 'abort')
  })
  await send(hello(), performance.now() + 120)
  t.ok(asked?.aborted)
})

t.test('the gateways are closed with the app', async (t) => {
  let isClosed = false
  const close = async () => {
    isClosed = true
  }
  const { app } = await build(t, {}, { smsGateways: [{ ...gatewayOf(async () => {}), close }] })
  await app.close()
  t.ok(isClosed)
})

// The three outcomes of a send.

t.test('an accepted SMS is counted, and its code works', async (t) => {
  const { from, sent } = await service(t)
  const { send, verify } = from()
  const phone = randomPhone()
  t.equal((await send(phone)).statusCode, 200)
  t.equal(await sent(), 1)
  t.match((await send(phone)).json(), { code: 'OTP_COOLDOWN' })
  t.equal((await verify(phone)).statusCode, 200)
})

t.test('a refused SMS leaves no trace, and the previous code works', async (t) => {
  let isDown = true
  const { gateway, codeFor } = createOutbox()
  const smsGateway = gatewayOf((message) =>
    isDown ? Promise.reject(new Error('no credit')) : gateway.send(message)
  )
  const { from, sent, kept, pass } = await service(t, {}, { smsGateways: [smsGateway] })
  const { send, verify } = from()
  const phone = randomPhone()
  for (const _ of times(12)) t.match((await send(phone)).json(), { statusCode: 503, code: 'SMS_UNAVAILABLE' })
  t.strictSame([await sent(), await kept('service'), await kept('address')], [0, 0, 0])
  isDown = false
  t.equal((await send(phone)).statusCode, 200, 'no cooldown applies')
  isDown = true
  await pass(RESEND_SECONDS)
  t.match((await send(phone)).json(), { code: 'SMS_UNAVAILABLE' })
  t.equal(await sent(), 1)
  t.equal((await verify(phone, codeFor(phone))).statusCode, 200)
})

/** A gateway that delivers but never confirms it. */
function silentGateway() {
  const { gateway, codeFor } = createOutbox()
  const smsGateway = gatewayOf(async (message) => {
    await gateway.send(message)
    await new Promise(() => {})
  })
  return { smsGateways: [smsGateway], codeFor }
}

t.test('an unconfirmed SMS is answered with 200, its code works, and the log says so', async (t) => {
  const { smsGateways, codeFor } = silentGateway()
  const { from, sent, events } = await service(t, { SMS_TIMEOUT_MS: '20' }, { smsGateways })
  const { send, verify } = from()
  const phone = randomPhone()
  const reply = await send(phone)
  t.match(reply.json(), { phone_number: phone, resend_in: RESEND_SECONDS, code_length: 4 })
  t.equal(reply.statusCode, 200)
  t.equal(await sent(), 1)
  t.match((await send(phone)).json(), { code: 'OTP_COOLDOWN' })
  t.match(events('sms_unknown'), [{ level: 40 }])
  t.equal((await verify(phone, codeFor(phone))).statusCode, 200)
})

t.test('an unconfirmed SMS works even if the request ends first', async (t) => {
  const { smsGateways, codeFor } = silentGateway()
  const limits = { HANDLER_TIMEOUT_MS: '1000', SMS_TIMEOUT_MS: '990' }
  const { from } = await service(t, limits, { smsGateways })
  const { send, verify } = from()
  const phone = randomPhone()
  t.equal((await send(phone)).statusCode, 200)
  t.equal((await verify(phone, codeFor(phone))).statusCode, 200)
})

t.test('unconfirmed SMS respect the limits of the service, the source and the number', async (t) => {
  const { smsGateways, codeFor } = silentGateway()
  const limits = { SMS_TIMEOUT_MS: '20', SMS_PER_HOUR: '9', SMS_PER_DAY: '9', ADDRESS_SENDS_PER_HOUR: '2' }
  const { from, sent, pass } = await service(t, { ...limits, OTP_SENDS_PER_HOUR: '1' }, { smsGateways })
  const delivered = async (phones: string[], address?: string) => {
    await Promise.all(phones.map((phone) => from(address).send(phone)))
    return phones.filter((phone) => codeFor(phone)).length
  }
  const phones = times(10).map(() => randomPhone())
  t.equal(await delivered(phones, randomAddress()), 2)
  const [phone = ''] = phones.filter((phone) => codeFor(phone))
  await pass(RESEND_SECONDS)
  t.match((await from().send(phone)).json(), { code: 'OTP_SEND_LIMIT' })
  t.equal(await delivered(times(10).map(() => randomPhone())), 1, 'a third of nine')
  t.equal(await sent(), 3)
})
