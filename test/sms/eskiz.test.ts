import { setTimeout as wait } from 'node:timers/promises'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { createEskizGateway, type EskizConfig } from '../../src/sms/eskiz.ts'
import type { FailureKind } from '../../src/sms/gateway.ts'
import { until } from '../until.ts'
import { account, createFakeEskiz, SEND } from './eskiz-provider.ts'
import { failureOf, message, options, type Reply } from './fake-provider.ts'
import { sharedOutages } from './outages.ts'

const config = { ...account, from: '4546', balanceMin: 100_000 }

function logged() {
  const lines: string[] = []
  const { log } = Fastify({ logger: { stream: { write: (line: string) => lines.push(line) } } })
  return { log, events: () => lines.map((line) => JSON.parse(line)) }
}

async function started(t: Test, changes: Partial<EskizConfig> = {}) {
  const eskiz = await createFakeEskiz(t)
  const { log, events } = logged()
  const gateway = createEskizGateway({ url: eskiz.url, ...config, ...changes }, options)
  const start = (...texts: string[]) => gateway.start?.(log, texts)
  t.teardown(() => gateway.close?.())
  return { ...eskiz, gateway, start, events }
}

t.test('a message is sent after a login', async (t) => {
  const { gateway, sent, logins } = await started(t)
  t.match(await gateway.send(message()), { providerId: /^[0-9a-f-]{36}$/, channel: 'sms', parts: 1 })
  t.strictSame(sent, [{ mobile_phone: '998901234567', message: message().text, from: '4546' }])
  t.strictSame(logins, [account])
})

t.test('letters of the Uzbek alphabet arrive as written', async (t) => {
  const { gateway, sent } = await started(t)
  const text = 'Toʻlov emas, kirish kodi: 4829 — “ҳеч кимга” ✓\n@auth.example.uz #4829'
  await gateway.send(message({ text }))
  t.match(sent, [{ message: text }])
})

t.test('Eskiz is told where to report', async (t) => {
  const { gateway, sent } = await started(t, { callbackUrl: 'https://auth.example.uz/reports/abc' })
  await gateway.send(message())
  t.match(sent, [{ callback_url: 'https://auth.example.uz/reports/abc' }])
})

t.test('a foreign number is left to other gateways, and not called invalid', async (t) => {
  const { gateway, asked } = await started(t)
  t.equal((await failureOf(gateway.send(message({ to: '+77011234567' })))).kind, 'unreachable')
  t.equal(asked.length, 0)
})

t.test('a success without an id is a failure', async (t) => {
  const { gateway, answer } = await started(t)
  for (const body of ['<html>Welcome</html>', '', {}, { id: '' }, { message: 'balance' }]) {
    answer({ body }, SEND)
    t.equal((await failureOf(gateway.send(message()))).kind, 'unavailable')
  }
})

const words: [reply: Reply, kind: FailureKind][] = [
  [{ status: 400, body: { message: 'Not enough balance' } }, 'balance'],
  [{ status: 400, body: { message: 'На вашем балансе недостаточно средств' } }, 'balance'],
  [{ status: 403, body: { message: 'Balansingizda mablag‘ yetarli emas' } }, 'balance'],
  [{ status: 422, body: { message: 'The mobile phone must be 12 digits' } }, 'unreachable'],
  [{ status: 400, body: { message: 'Неверный номер телефона' } }, 'unreachable'],
  [{ status: 400, body: { message: 'Номер телефона в черном списке' } }, 'unreachable'],
  [{ status: 400, body: { message: 'Text did not pass moderation' } }, 'rejected'],
  [{ status: 403, body: { message: 'Шаблон не найден' } }, 'rejected'],
  [{ status: 400, body: { message: 'Этот текст ещё на модерации' } }, 'rejected'],
  [{ status: 400, body: { message: 'Что-то другое' } }, 'rejected'],
  [{ status: 422, body: { data: { mobile_phone: ['in another place'] } } }, 'rejected'],
  [{ status: 500, body: { message: 'phone number service is down' } }, 'unavailable'],
  [{ status: 429, body: { message: 'Too many requests for this phone number' } }, 'rate_limited']
]

for (const [reply, kind] of words) {
  t.test(`Eskiz’s ${reply.status} ${JSON.stringify(reply.body)} is ${kind}`, async (t) => {
    const { gateway, answer } = await started(t)
    answer(reply, SEND)
    t.equal((await failureOf(gateway.send(message()))).kind, kind)
  })
}

t.test('the balance is in soum', async (t) => {
  const { gateway, state } = await started(t)
  t.equal(await gateway.balance?.(message().signal), '250000 soum')
  for (const balance of [null, '1', {}]) {
    state.balance = balance
    t.equal((await failureOf(Promise.resolve(gateway.balance?.(message().signal)))).kind, 'unavailable')
  }
})

t.test('an operator is warned of a low balance soon after startup', async (t) => {
  const { state, start, events } = await started(t)
  state.balance = 99_999
  start()
  await until(() => events().length > 0)
  t.match(events(), [
    { level: 40, event: 'sms_balance_low', gateway: 'eskiz', balance: 99_999, minimum: 100_000 }
  ])
})

t.test('a gateway closed before its first check logs nothing', async (t) => {
  const { url } = await createFakeEskiz(t)
  const { log, events } = logged()
  const gateway = createEskizGateway({ url, ...config }, options)
  gateway.start?.(log, [])
  await gateway.close?.()
  await wait(1_200)
  t.strictSame(events(), [])
})

t.test('a text that no approved template matches is a warning at startup', async (t) => {
  const { start, state, events } = await started(t)
  state.templates = [
    { id: 1, template: 'Kod: %d{1,6}. %d{1,3} daqiqa.', original_text: '', status: 'service' },
    { id: 2, template: '', original_text: 'Код: 1234.', status: 'moderation' }
  ]
  start('Kod: 4821. 5 daqiqa.', 'Код: 1234.')
  await until(() => events().length > 0)
  t.match(events(), [{ level: 40, event: 'sms_text_unapproved', gateway: 'eskiz', text: 'Код: 1234.' }])
})

t.test('unknown templates are a warning, not unapproved texts', async (t) => {
  for (const reply of [{ body: '<html></html>' }, { body: { result: null } }, { status: 500 }]) {
    const { start, answer, events } = await started(t)
    answer(reply, /templates/)
    start('Kod: 4821.')
    await until(() => events().length > 0)
    t.match(events(), [{ level: 40, event: 'sms_texts_unknown', err: { kind: 'unavailable' } }])
  }
})

t.test('a template of odd JSON approves nothing and breaks nothing', async (t) => {
  const { start, state, events } = await started(t)
  const odd = { status: 'service', template: { toString: 1 }, original_text: null }
  state.templates = [odd, [], Object.create(null)]
  start('Kod: 4821.')
  await until(() => events().length > 0)
  t.match(events(), [{ event: 'sms_text_unapproved', text: 'Kod: 4821.' }])
})

const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl'

// The login keeps working: its own failures are tested in eskiz-login.test.ts.
sharedOutages(t, {
  create: (url) => createEskizGateway({ url, ...config }, options),
  document: ({ path }) => ({
    body: path === '/api/auth/login' ? { data: { token: TOKEN } } : { id: 'an-id' }
  }),
  path: SEND,
  secrets: [account.email, account.password, TOKEN]
})
