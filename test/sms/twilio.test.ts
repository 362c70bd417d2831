import t, { type Test } from 'tap'
import type { FailureKind } from '../../src/sms/gateway.ts'
import { createTwilioGateway } from '../../src/sms/twilio.ts'
import { type Asked, createFakeProvider, failureOf, message, options, type Reply } from './fake-provider.ts'
import { sharedOutages } from './outages.ts'

const SID = `AC${'0a'.repeat(16)}`
const TOKEN = 'the-auth-token-of-this-account'
const MESSAGE_SID = `SM${'1b'.repeat(16)}`

/** As in twilio-oai, api_v2010: a queued message, and a balance. */
function document({ path, headers }: Asked): Reply {
  const login = `Basic ${Buffer.from(`${SID}:${TOKEN}`).toString('base64')}`
  if (headers.authorization !== login)
    return { status: 401, body: { code: 20003, message: 'Authenticate', more_info: '', status: 401 } }
  if (path === `/2010-04-01/Accounts/${SID}/Balance.json`)
    return { body: { account_sid: SID, balance: '12.3456', currency: 'USD' } }
  if (path !== `/2010-04-01/Accounts/${SID}/Messages.json`) return { status: 404, body: { code: 20404 } }
  return {
    status: 201,
    body: {
      ...{ sid: MESSAGE_SID, status: 'queued', error_code: null, error_message: null },
      ...{ num_segments: '2', price: '-0.0075', price_unit: 'USD' }
    }
  }
}

const config = { accountSid: SID, authToken: TOKEN, from: '+12025550123' }

async function started(t: Test, changes: Partial<typeof config> = {}) {
  const provider = await createFakeProvider(t, document)
  const gateway = createTwilioGateway({ url: provider.url, ...config, ...changes }, options)
  t.teardown(() => gateway.close?.())
  return {
    ...provider,
    gateway,
    form: () => Object.fromEntries(new URLSearchParams(provider.asked[0]?.body))
  }
}

t.test('a message is sent as a form, and Twilio reports its parts and cost', async (t) => {
  const { gateway, form, asked } = await started(t)
  const taken = await gateway.send(message())
  t.strictSame(taken, { providerId: MESSAGE_SID, channel: 'sms', parts: 2, cost: 0.0075 })
  t.match(asked[0], { method: 'POST', headers: { 'content-type': /^application\/x-www-form-urlencoded/ } })
  t.strictSame(form(), {
    ...{ To: '+998901234567', From: '+12025550123', Body: message().text, ValidityPeriod: '300' }
  })
})

t.test('a messaging service replaces the number, but a name that begins like one is a name', async (t) => {
  const service = `MG${'2c'.repeat(16)}`
  const { gateway, form } = await started(t, { from: service })
  await gateway.send(message())
  t.match(form(), { MessagingServiceSid: service, From: undefined })

  const named = await started(t, { from: 'MGov' })
  await named.gateway.send(message())
  t.match(named.form(), { From: 'MGov', MessagingServiceSid: undefined })
})

t.test('the validity of a message is its lifetime, within the limits of Twilio', async (t) => {
  for (const [ttlSeconds, validity] of [
    [0, '1'],
    [299.5, '300'],
    [86_400, '36000']
  ] as const) {
    const { gateway, form } = await started(t)
    await gateway.send(message({ ttlSeconds }))
    t.equal(form().ValidityPeriod, validity)
  }
})

t.test('parts are counted here and the cost is omitted if Twilio does not know them yet', async (t) => {
  const { gateway, answer } = await started(t)
  answer({ status: 201, body: { sid: MESSAGE_SID, status: 'accepted', num_segments: '0', price: null } })
  const taken = await gateway.send(message({ text: 'Ваш код для входа: 4829. '.repeat(4) }))
  t.strictSame(taken, { providerId: MESSAGE_SID, channel: 'sms', parts: 2 })
})

const errors: [status: number, code: number, kind: FailureKind][] = [
  [401, 20003, 'auth'],
  [401, 10001, 'balance'],
  [403, 20005, 'balance'],
  [429, 20429, 'rate_limited'],
  [400, 14107, 'rate_limited'],
  [400, 21211, 'invalid_number'],
  [400, 21217, 'invalid_number'],
  [400, 21614, 'invalid_number'],
  [403, 21408, 'unreachable'],
  [400, 21610, 'unreachable'],
  [400, 21612, 'unreachable'],
  [400, 21606, 'rejected'],
  [400, 21617, 'rejected'],
  [400, 99999, 'rejected'],
  [400, 21730, 'unavailable'],
  [503, 99999, 'unavailable']
]

for (const [status, code, kind] of errors) {
  t.test(`Twilio's error ${code} (${status}) is ${kind}`, async (t) => {
    const { gateway, answer } = await started(t)
    answer({ status, body: { code, message: 'in its words', more_info: '', status } })
    t.equal((await failureOf(gateway.send(message()))).kind, kind)
  })
}

const failed: [code: number, kind: FailureKind][] = [
  [30001, 'rate_limited'],
  [30002, 'balance'],
  [30003, 'unreachable'],
  [30004, 'unreachable'],
  [30005, 'invalid_number'],
  [30006, 'unreachable'],
  [30007, 'rejected'],
  [30008, 'unavailable']
]

for (const [code, kind] of failed) {
  t.test(`a message that failed at once with ${code} was not accepted: ${kind}`, async (t) => {
    const { gateway, answer } = await started(t)
    answer({ status: 201, body: { sid: MESSAGE_SID, status: 'failed', error_code: code } })
    t.equal((await failureOf(gateway.send(message()))).kind, kind)
  })
}

t.test('a success without a message is a failure', async (t) => {
  const { gateway, answer } = await started(t)
  for (const body of ['<html>Welcome</html>', '', {}, { sid: '' }]) {
    answer({ body })
    t.equal((await failureOf(gateway.send(message()))).kind, 'unavailable')
  }
})

t.test('a wrong token is reported with the settings to check', async (t) => {
  const { gateway } = await started(t, { authToken: 'wrong' })
  t.match(await failureOf(gateway.send(message())), {
    message: /Twilio refused the login: check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN/
  })
})

t.test('the balance is in the currency of the account', async (t) => {
  const { gateway, answer } = await started(t)
  t.equal(await gateway.balance?.(message().signal), '12.3456 USD')
  answer({ body: { balance: null } })
  t.equal((await failureOf(Promise.resolve(gateway.balance?.(message().signal)))).kind, 'unavailable')
})

sharedOutages(t, {
  create: (url) => createTwilioGateway({ url, ...config }, options),
  document,
  path: /Messages/,
  secrets: [TOKEN, SID]
})
