import { createHmac } from 'node:crypto'
import t, { type Test } from 'tap'
import { createWebhookGateway } from '../../src/sms/webhook.ts'
import { createFakeProvider, failureOf, message, options, type Reply } from './fake-provider.ts'
import { sharedOutages } from './outages.ts'

const SECRET = 'the secret that the script of this test has, too'

async function started(t: Test, path = '/carry?tenant=uz&key=a%20b') {
  const provider = await createFakeProvider(t, (): Reply => ({ status: 204 }))
  const gateway = createWebhookGateway({ url: `${provider.url}${path}`, secret: SECRET }, options)
  t.teardown(() => gateway.close?.())
  return { ...provider, gateway, sent: () => JSON.parse(provider.asked[0]?.body ?? '{}') }
}

t.test('a script gets the message as JSON at the exact address, query included', async (t) => {
  const { gateway, asked, sent } = await started(t)
  const { to, text, language, code } = message()
  const taken = await gateway.send(message())
  t.match(asked[0], { method: 'POST', path: '/carry?tenant=uz&key=a%20b' })
  t.match(asked[0]?.headers['content-type'], /^application\/json/)
  const { id } = sent()
  t.strictSame(sent(), { id, to, text, language, code, ttl_seconds: 300 })
  t.match(id, /^[0-9a-f-]{36}$/)
  t.strictSame(taken, { providerId: id, channel: 'sms', parts: 1 })
})

t.test('a notice has no code', async (t) => {
  const { gateway, sent } = await started(t)
  const { code: _, ...notice } = message()
  await gateway.send(notice)
  t.notOk('code' in sent())
})

t.test('the signature proves to a script that we sent these bytes, and when', async (t) => {
  const { gateway, asked } = await started(t)
  const before = Math.floor(Date.now() / 1_000)
  await gateway.send(message({ text: 'Код: 4821 — oʻzingiz “uchun” 😀\n' }))
  const timestamp = Number(asked[0]?.headers['x-request-timestamp'])
  t.ok(timestamp >= before && timestamp <= Date.now() / 1_000)
  const signature = createHmac('sha256', SECRET).update(`${timestamp}\n${asked[0]?.body}`).digest('hex')
  t.equal(asked[0]?.headers['x-request-signature'], signature)
})

t.test('each message has its own id', async (t) => {
  const { gateway } = await started(t)
  const ids = [await gateway.send(message()), await gateway.send(message())].map((taken) => taken.providerId)
  t.not(ids[0], ids[1])
})

t.test('a script may return its own id, parts and cost of the message', async (t) => {
  const { gateway, answer } = await started(t)
  answer({ status: 202, body: { id: 'theirs', parts: 3, cost: 0 } })
  t.strictSame(await gateway.send(message()), { providerId: 'theirs', channel: 'sms', parts: 3, cost: 0 })
})

t.test('values of wrong types from a script are ignored', async (t) => {
  const { gateway, answer } = await started(t)
  for (const body of [
    'OK',
    '<html></html>',
    { id: 7, parts: '3', cost: '5' },
    { id: '', parts: 0, cost: -1 }
  ]) {
    answer({ body })
    const { providerId, ...rest } = await gateway.send(message())
    t.match(providerId, /^[0-9a-f-]{36}$/)
    t.strictSame(rest, { channel: 'sms', parts: 1 })
  }
})

const KINDS = [
  ...(['invalid_number', 'unreachable', 'rejected', 'auth', 'balance'] as const),
  ...(['rate_limited', 'unavailable', 'timeout'] as const)
]

t.test('a script may say with 422 why it did not accept a message', async (t) => {
  const { gateway, answer } = await started(t)
  for (const kind of KINDS) {
    answer({ status: 422, body: { kind } })
    t.equal((await failureOf(gateway.send(message()))).kind, kind)
  }
})

t.test('an unknown kind, or one with another status, is ignored', async (t) => {
  const { gateway, answer } = await started(t)
  for (const kind of ['toString', '__proto__', 'INVALID_NUMBER', '', null]) {
    answer({ status: 422, body: { kind } })
    t.equal((await failureOf(gateway.send(message()))).kind, 'rejected', String(kind))
  }
  answer({ status: 503, body: { kind: 'invalid_number' } })
  t.equal((await failureOf(gateway.send(message()))).kind, 'unavailable')
})

t.test('a script that refuses the signature points to WEBHOOK_SECRET', async (t) => {
  const { gateway, answer } = await started(t)
  answer({ status: 401 })
  t.match(await failureOf(gateway.send(message())), { message: /check WEBHOOK_SECRET on both sides/ })
})

sharedOutages(t, {
  create: (url) => createWebhookGateway({ url, secret: SECRET }, options),
  document: () => ({ status: 200 }),
  path: /./,
  secrets: [SECRET]
})
