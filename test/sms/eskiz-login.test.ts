import { mock } from 'node:test'
import t, { type Test } from 'tap'
import { createEskizGateway } from '../../src/sms/eskiz.ts'
import { account, createFakeEskiz, SEND } from './eskiz-provider.ts'
import { failureOf, message, options, type Reply } from './fake-provider.ts'

const LOGIN = /auth\/login/

const DAY_MS = 86_400_000

async function started(t: Test, { password = account.password, timeoutMs = options.timeoutMs } = {}) {
  const eskiz = await createFakeEskiz(t)
  const config = { url: eskiz.url, email: account.email, password, from: '4546', balanceMin: 0 }
  const gateway = createEskizGateway(config, { ...options, timeoutMs })
  t.teardown(() => gateway.close?.())
  const send = () => gateway.send(message())
  return { ...eskiz, send }
}

t.test('fifty messages at once need one login, and later ones none', async (t) => {
  const { send, logins, sent } = await started(t)
  await Promise.all(Array.from({ length: 50 }, send))
  for (let i = 0; i < 3; i++) await send()
  t.strictSame([logins.length, sent.length], [1, 53])
})

t.test('a token that expires early is replaced once, and no message is lost or sent twice', async (t) => {
  const { send, logins, sent, expire } = await started(t)
  await send()
  expire()
  await Promise.all(Array.from({ length: 50 }, send))
  t.strictSame([logins.length, sent.length], [2, 51])
})

t.test('a token is used for thirty days, except the last minute', async (t) => {
  const now = Date.now()
  mock.timers.enable({ apis: ['Date'], now })
  t.teardown(() => mock.timers.reset())
  const { send, logins } = await started(t)
  await send()
  mock.timers.setTime(now + 30 * DAY_MS - 62_000)
  await send()
  t.equal(logins.length, 1)
  mock.timers.setTime(now + 30 * DAY_MS - 60_000)
  await send()
  t.equal(logins.length, 2)
})

t.test('a token with an earlier expiry is replaced then', async (t) => {
  const now = Date.now()
  mock.timers.enable({ apis: ['Date'], now })
  t.teardown(() => mock.timers.reset())
  const { send, logins, state } = await started(t)
  state.lifeSeconds = 3_600
  await send()
  mock.timers.setTime(now + 3_600_000)
  await send()
  t.equal(logins.length, 2)
})

t.test('a wrong clock does not make every message log in', async (t) => {
  const { send, logins, state } = await started(t)
  state.lifeSeconds = -3_600
  await send()
  await send()
  t.equal(logins.length, 1)
})

t.test('a token that is not a JWT is used too', async (t) => {
  const { send, answer, asked } = await started(t)
  for (const token of [
    'opaque',
    'a.b.c',
    `a.${Buffer.from('{"exp":{"valueOf":1}}').toString('base64url')}.c`
  ]) {
    answer({ body: { data: { token } } }, LOGIN)
    t.equal((await failureOf(send())).kind, 'auth', 'the provider does not know it')
  }
  const used = asked.filter(({ path }) => SEND.test(path)).map(({ headers }) => headers.authorization)
  t.ok(used.includes('Bearer opaque'))
})

t.test('a refusal even after a new login is blamed on the account', async (t) => {
  const { send, answer, logins, asked } = await started(t)
  answer({ status: 401, body: { message: 'Expired' } }, SEND)
  t.match(await failureOf(send()), { kind: 'auth', message: /check ESKIZ_EMAIL and ESKIZ_PASSWORD/ })
  t.equal(logins.length, 2)
  t.equal(asked.filter(({ path }) => SEND.test(path)).length, 2)
})

t.test('a wrong password is reported with the settings to check, and nothing is sent', async (t) => {
  const { send, asked } = await started(t, { password: 'wrong' })
  t.match(await failureOf(send()), {
    kind: 'auth',
    message: /Eskiz refused the login: check ESKIZ_EMAIL and ESKIZ_PASSWORD/
  })
  t.notOk(asked.some(({ path }) => SEND.test(path)))
})

const troubles: Record<string, [reply: Reply, kind: string]> = {
  'does not answer': [{ afterMs: 60_000 }, 'unavailable'],
  'answers a byte at a time': [{ manner: 'trickled' }, 'unavailable'],
  'breaks off its answer': [{ manner: 'reset' }, 'unavailable'],
  'hangs up': [{ manner: 'hung up' }, 'unavailable'],
  'answers a page': [{ body: '<html></html>' }, 'unavailable'],
  'answers nothing': [{ body: '' }, 'unavailable'],
  'gives no token': [{ body: { data: { token: '' } } }, 'unavailable'],
  'gives another thing than a token': [{ body: { data: [{ token: 1 }] } }, 'unavailable'],
  'does not work': [{ status: 502 }, 'unavailable'],
  'finds the call wrong': [{ status: 422, body: { message: 'The email is required' } }, 'auth'],
  'gets too many calls': [{ status: 429 }, 'rate_limited']
}

for (const [what, [reply, kind]] of Object.entries(troubles)) {
  t.test(`a login that ${what} means that no message was sent, and the next one tries again`, async (t) => {
    // Odd on purpose: a login gets half of it.
    const { send, answer, sent } = await started(t, { timeoutMs: 3_001 })
    answer(reply, LOGIN)
    const failures = await Promise.all([failureOf(send()), failureOf(send())])
    t.strictSame(
      failures.map((failure) => failure.kind),
      [kind, kind]
    )
    t.equal(sent.length, 0)
    answer({}, /nothing/)
    await send()
    t.equal(sent.length, 1)
  })
}
