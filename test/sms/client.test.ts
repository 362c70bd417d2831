import { setImmediate as nextTurn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createGatewayClient, kindOf } from '../../src/sms/client.ts'
import { createFakeProvider, failureOf, options, type Reply } from './fake-provider.ts'

const signal = new AbortController().signal

async function started(t: Test, reply: Reply = { body: { ok: true } }, path = '') {
  const provider = await createFakeProvider(t, () => reply)
  const client = createGatewayClient(provider.url + path, options)
  t.teardown(() => client.close())
  return { ...provider, client }
}

const unreachable: Record<string, [url: string, code: string]> = {
  'has no address': ['http://nobody.invalid', 'ENOTFOUND|EAI_AGAIN'],
  'refuses connections': ['http://127.0.0.1:1', 'ECONNREFUSED']
}

for (const [what, [url, code]] of Object.entries(unreachable)) {
  t.test(`a call to a machine that ${what} was surely not accepted`, async (t) => {
    const client = createGatewayClient(url, options)
    t.teardown(() => client.close())
    const failure = await failureOf(client.ask({ path: '', signal }))
    t.equal(failure.kind, 'unavailable')
    t.match(failure.message, new RegExp(`no connection \\((${code})\\)`))
  })
}

t.test('nothing is sent to a server that cannot prove its name', async (t) => {
  const { url, asked } = await started(t)
  const client = createGatewayClient(url.replace('http:', 'https:'), options)
  t.teardown(() => client.close())
  t.equal((await failureOf(client.ask({ path: '', signal }))).kind, 'unavailable')
  t.strictSame(asked, [])
})

t.test('a hundred calls in sequence use one connection', async (t) => {
  const { client, connections, asked } = await started(t)
  for (let i = 0; i < 100; i++) {
    await client.ask({ path: 'send', body: { i }, signal })
    // undici gives a connection back just after the answer.
    await nextTurn()
  }
  t.strictSame([asked.length, connections()], [100, 1])
})

t.test('calls beyond the connection limit are refused at once, and later ones succeed', async (t) => {
  const { client, connections, asked } = await started(t, { afterMs: 50, body: 'taken' })
  const call = (i: number) => client.ask({ path: 'send', body: { i }, signal })
  const [early, late] = [Array.from({ length: 50 }, (_, i) => call(i)), failureOf(call(50))]
  t.match(await late, { kind: 'unavailable', message: /SMS_CONNECTIONS/ })
  await Promise.all(early)
  t.equal((await call(51)).status, 200)
  t.equal(asked.length, 51)
  t.ok(connections() > 1 && connections() <= 50, String(connections()))
})

t.test('an answer of a megabyte is not read, so the message may have been accepted', async (t) => {
  const { client } = await started(t, { body: 'x'.repeat(1_048_576) })
  const failure = await failureOf(client.ask({ path: '', signal }))
  t.match(failure, { kind: 'timeout', message: /UND_ERR_RES_EXCEEDED_MAX_SIZE/ })
  t.ok(failure.message.length < 200)
})

t.test('a call is made below the address, whatever path it has', async (t) => {
  for (const path of ['', '/', '/v2', '/v2/']) {
    const { client, asked } = await started(t, {}, path)
    await client.ask({ method: 'GET', path: 'a/b?c=d', signal })
    t.equal(asked[0]?.path, `${path.replace(/\/$/, '')}/a/b?c=d`)
  }
})

t.test('a call without a path is made to the address as it is', async (t) => {
  const { client, asked } = await started(t, {}, '/hook?key=1')
  await client.ask({ signal })
  t.equal(asked[0]?.path, '/hook?key=1')
})

t.test('a body is sent as it is: a form, JSON, or text that is JSON already', async (t) => {
  const { client, asked } = await started(t)
  await client.ask({ path: '', body: new URLSearchParams({ to: '+1 é' }), signal })
  await client.ask({ path: '', body: { to: 'é' }, signal })
  await client.ask({ path: '', body: '{ "to" : "é" }', signal })
  t.strictSame(
    asked.map(({ body }) => body),
    ['to=%2B1+%C3%A9', '{"to":"é"}', '{ "to" : "é" }']
  )
  t.strictSame(
    asked.map(({ headers }) => headers['content-type']?.split(';')[0]),
    ['application/x-www-form-urlencoded', 'application/json', 'application/json']
  )
})

t.test('an answer that is not a JSON object has no fields', async (t) => {
  for (const body of ['', 'OK', '[1]', 'null', '"text"', '{"a":']) {
    const { client } = await started(t, { body })
    t.strictSame(await client.ask({ path: '', signal }), { status: 200, text: body, json: {} })
  }
})

t.test('a redirect is not followed, since it would take the credentials along', async (t) => {
  const { client, asked } = await started(t, { status: 307 })
  t.equal((await client.ask({ path: 'send', signal })).status, 307)
  t.equal(asked.length, 1)
})

t.test('an aborted call stops', async (t) => {
  const { client } = await started(t, { afterMs: 60_000 })
  t.equal((await failureOf(client.ask({ path: '', signal: AbortSignal.timeout(50) }))).kind, 'timeout')
})

t.test('a call that cannot even be written was surely not accepted', async (t) => {
  const { client, asked } = await started(t)
  const failure = await failureOf(client.ask({ path: '', headers: { authorization: 'T0KEN\n' }, signal }))
  t.match(failure, { kind: 'unavailable' })
  t.notMatch(failure.message, 'T0KEN')
  t.strictSame(asked, [])
})

t.test('a status is mapped to a kind of failure', async (t) => {
  const kinds = [200, 304, 400, 401, 402, 403, 404, 429, 500, 503].map(kindOf)
  t.strictSame(kinds, [
    ...['unavailable', 'unavailable', 'rejected', 'auth', 'balance'],
    ...['auth', 'rejected', 'rate_limited', 'unavailable', 'unavailable']
  ])
})
