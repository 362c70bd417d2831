import t, { type Test } from 'tap'
import type { FailureKind } from '../../src/sms/gateway.ts'
import { createTelegramGateway } from '../../src/sms/telegram.ts'
import { createFakeProvider, failureOf, message, options, type Reply } from './fake-provider.ts'

const status = (changes: object = {}) => ({
  ok: true,
  result: { request_id: 'R1', phone_number: '+998901234567', request_cost: 0.01, ...changes }
})

/** Telegram Gateway as documented at core.telegram.org/gateway/api. */
async function telegram(t: Test, reply: Reply = { body: status() }) {
  const fake = await createFakeProvider(t, () => reply)
  const config = { url: fake.url, token: 'T0KEN', senderUsername: 'my_gov', waitSeconds: 25 }
  const gateway = createTelegramGateway({ ...config, callbackUrl: 'https://auth.example.uz/cb' }, options)
  t.teardown(() => gateway.close?.())
  const last = () => ({ ...fake.asked.at(-1), body: JSON.parse(fake.asked.at(-1)?.body ?? '') })
  return { fake, gateway, last }
}

t.test('a code goes to Telegram with its number, lifetime and sender', async (t) => {
  const { gateway, last } = await telegram(t)
  t.strictSame(await gateway.send(message({ code: '4821', ttlSeconds: 300 })), {
    ...{ providerId: 'R1', channel: 'telegram', parts: 1, cost: 0.01 }
  })
  t.match(last(), {
    method: 'POST',
    path: '/sendVerificationMessage',
    headers: { authorization: 'Bearer T0KEN' }
  })
  t.strictSame(last().body, {
    ...{ phone_number: '+998901234567', code: '4821', ttl: 300, sender_username: 'my_gov' },
    callback_url: 'https://auth.example.uz/cb'
  })
})

t.test('a lifetime beyond the limits of Telegram becomes the nearest', async (t) => {
  const { gateway, last } = await telegram(t)
  for (const [ttlSeconds, ttl] of [
    [10, 30],
    [7_200, 3_600]
  ] as const) {
    await gateway.send(message({ ttlSeconds }))
    t.equal(last().body.ttl, ttl)
  }
})

t.test('a notice without a code is left to others, since Telegram only sends codes', async (t) => {
  const { gateway, fake } = await telegram(t)
  const { code: _, ...notice } = message()
  t.match(await failureOf(gateway.send(notice)), { kind: 'unreachable' })
  t.strictSame(fake.asked, [])
})

const errors: Record<string, FailureKind> = {
  ACCESS_TOKEN_INVALID: 'auth',
  ACCESS_TOKEN_REQUIRED: 'auth',
  BALANCE_NOT_ENOUGH: 'balance',
  FLOOD_WAIT: 'rate_limited',
  FLOOD_WAIT_17: 'rate_limited',
  PHONE_NUMBER_INVALID: 'unreachable',
  PHONE_NUMBER_MISMATCH: 'unreachable',
  SENDER_USERNAME_INVALID: 'rejected',
  SENDER_NOT_VERIFIED: 'rejected',
  SENDER_NOT_OWNED: 'rejected',
  CALLBACK_URL_INVALID: 'rejected',
  CODE_INVALID: 'rejected',
  CODE_LENGTH_INVALID: 'rejected',
  TTL_INVALID: 'rejected',
  PAYLOAD_INVALID: 'unavailable',
  MESSAGE_ALREADY_SENT: 'unavailable',
  UNKNOWN_METHOD: 'unavailable',
  SOMETHING_NEW: 'unavailable'
}
for (const [error, kind] of Object.entries(errors)) {
  t.test(`${error} is ${kind}, whatever the status says`, async (t) => {
    for (const status of [200, 400]) {
      const { gateway } = await telegram(t, { status, body: { ok: false, error } })
      const failure = await failureOf(gateway.send(message()))
      t.match(failure, { kind, message: error })
      t.notMatch(failure.message, /T0KEN|482913|998901234567/)
    }
  })
}

const odd: Record<string, [Reply, FailureKind]> = {
  'an HTML page': [{ body: '<html>Welcome to our Wi-Fi</html>' }, 'unavailable'],
  'an empty body': [{ body: '' }, 'unavailable'],
  'JSON that is no object': [{ body: '[1]' }, 'unavailable'],
  'no result': [{ body: { ok: true } }, 'unavailable'],
  'a result that names nothing': [{ body: { ok: true, result: {} } }, 'timeout'],
  'an error that is no word': [{ body: { ok: false, error: 7 } }, 'unavailable'],
  'an error that quotes the call': [{ body: { ok: false, error: 'no T0KEN for +998 90' } }, 'unavailable'],
  '401 without a word': [{ status: 401, body: '' }, 'auth'],
  '429 without a word': [{ status: 429, body: '' }, 'rate_limited'],
  'a 502': [{ status: 502, body: '<html>Bad Gateway</html>' }, 'unavailable'],
  'a reply that is cut': [{ manner: 'reset' }, 'timeout'],
  'no reply': [{ manner: 'hung up' }, 'timeout']
}
for (const [what, [reply, kind]] of Object.entries(odd)) {
  t.test(`${what} is ${kind}`, async (t) => {
    const { gateway } = await telegram(t, reply)
    t.match(await failureOf(gateway.send(message())), { kind })
  })
}

t.test('a stopped server is unavailable; an aborted send may have arrived', async (t) => {
  const { gateway, fake } = await telegram(t, { afterMs: 5_000, body: status() })
  t.match(await failureOf(gateway.send(message({ signal: AbortSignal.timeout(50) }))), { kind: 'timeout' })
  fake.stop()
  t.match(await failureOf(gateway.send(message())), { kind: 'unavailable' })
})

t.test('Telegram says whether a code has arrived, and is told that it was used', async (t) => {
  const { gateway, fake, last } = await telegram(t)
  const { signal } = new AbortController()
  for (const [said, isDelivered] of [
    ['sent', false],
    ['delivered', true],
    ['read', true],
    ['expired', false],
    ['revoked', false]
  ] as const) {
    fake.answer({ body: status({ delivery_status: { status: said, updated_at: 1 } }) })
    t.equal(await gateway.isDelivered?.('R1', signal), isDelivered, said)
  }
  fake.answer({ body: status() })
  t.equal(await gateway.isDelivered?.('R1', signal), false, 'no status')
  await gateway.noteUsed?.('R1', '4821', signal)
  t.match(last(), { path: '/checkVerificationStatus', body: { request_id: 'R1', code: '4821' } })
})
