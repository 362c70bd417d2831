import t, { type Test } from 'tap'
import type { FailureKind } from '../../src/sms/gateway.ts'
import { createPlaymobileGateway } from '../../src/sms/playmobile.ts'
import { type Asked, createFakeProvider, failureOf, message, options, type Reply } from './fake-provider.ts'
import { sharedOutages } from './outages.ts'

const config = { login: 'ministry', password: 'pass:word of Ўзбекистон', originator: '3700' }

/** wiki.playmobile.uz, "Интеграция по HTTP". */
function document({ method, path, headers, body }: Asked): Reply {
  if (method !== 'POST' || path !== '/broker-api/send') return { status: 404 }
  const [, login] = headers.authorization?.split('Basic ') ?? []
  if (Buffer.from(login ?? '', 'base64').toString() !== `${config.login}:${config.password}`)
    return { status: 401 }
  const { messages } = JSON.parse(body)
  if (!/^998\d{9}$/.test(messages[0].recipient))
    return { status: 400, body: { error_code: '202', error_description: 'Empty recipient' } }
  return { body: 'Request is received' }
}

async function started(t: Test, changes: Partial<typeof config> = {}) {
  const provider = await createFakeProvider(t, document)
  const gateway = createPlaymobileGateway({ url: provider.url, ...config, ...changes }, options)
  t.teardown(() => gateway.close?.())
  return { ...provider, gateway }
}

t.test('a message is sent as JSON, with our own id that begins with the operator', async (t) => {
  const { gateway, asked } = await started(t)
  const taken = await gateway.send(message())
  t.match(taken, { providerId: /^99890-[0-9a-f-]{36}$/, channel: 'sms', parts: 1 })
  t.match(asked[0]?.headers['content-type'], /^application\/json; ?charset=utf-8$/i)
  const sms = { originator: '3700', ttl: 300, content: { text: message().text } }
  t.strictSame(JSON.parse(asked[0]?.body ?? ''), {
    messages: [{ recipient: '998901234567', 'message-id': taken.providerId, sms }]
  })
})

t.test('each message has its own id', async (t) => {
  const { gateway } = await started(t)
  const [one, other] = [await gateway.send(message()), await gateway.send(message())]
  t.not(one.providerId, other.providerId)
})

t.test('a long text counts as the parts it is billed as', async (t) => {
  const { gateway } = await started(t)
  t.match(await gateway.send(message({ text: 'ш'.repeat(141) })), { parts: 3 })
})

const codes: [code: number, kind: FailureKind][] = [
  [100, 'unavailable'],
  [101, 'rejected'],
  [102, 'auth'],
  [103, 'rejected'],
  [104, 'rejected'],
  [105, 'rejected'],
  [202, 'rejected'],
  [204, 'rejected'],
  [205, 'rejected'],
  [206, 'rejected'],
  [301, 'rejected'],
  [306, 'rejected'],
  [401, 'rejected'],
  [402, 'rejected'],
  [403, 'rejected'],
  [404, 'rejected'],
  [405, 'rejected'],
  [406, 'rejected'],
  [407, 'rejected'],
  [408, 'rejected'],
  [410, 'rejected'],
  [411, 'rejected']
]

for (const [code, kind] of codes) {
  t.test(`Play Mobile's error ${code} is ${kind}, however it is spelt`, async (t) => {
    const { gateway, answer } = await started(t)
    for (const body of [
      { error_code: String(code), error_description: 'in its words' },
      { 'error-code': code, 'error-description': 'in its words' }
    ]) {
      answer({ status: 400, body })
      t.equal((await failureOf(gateway.send(message()))).kind, kind)
    }
  })
}

t.test('an error is believed even with status 200', async (t) => {
  const { gateway, answer } = await started(t)
  answer({ status: 200, body: { 'error-code': 102 } })
  t.match(await failureOf(gateway.send(message())), {
    kind: 'auth',
    message: /Play Mobile has locked the account: call it/
  })
})

t.test('a page or nothing with status 200 is a failure', async (t) => {
  const { gateway, answer } = await started(t)
  for (const body of ['<html>Welcome</html>', '\n <!doctype html>', '', ' \n']) {
    answer({ body })
    t.equal((await failureOf(gateway.send(message()))).kind, 'unavailable')
  }
})

t.test('a wrong password is reported with the settings to check', async (t) => {
  const { gateway } = await started(t, { password: 'wrong' })
  t.match(await failureOf(gateway.send(message())), {
    message: /Play Mobile refused the login: check PLAYMOBILE_LOGIN and PLAYMOBILE_PASSWORD/
  })
})

t.test('a foreign number is left to other gateways, and not called invalid', async (t) => {
  const { gateway, asked } = await started(t)
  t.equal((await failureOf(gateway.send(message({ to: '+77011234567' })))).kind, 'unreachable')
  t.equal(asked.length, 0)
})

sharedOutages(t, {
  create: (url) => createPlaymobileGateway({ url, ...config }, options),
  document,
  path: /broker-api/,
  secrets: [config.login, config.password]
})
