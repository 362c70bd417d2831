import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { createRefusal } from '../../src/load/refusal.ts'

/** A server that refuses everything. */
async function refusing(t: Test) {
  const refuse = createRefusal()
  const server = createServer((request, response) => refuse(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  return (headers: Record<string, string>, init: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${port}/api/users/me/`, { ...init, headers })
}

t.test('a refusal is the contract’s 503, with Retry-After, no caching and its own request id', async (t) => {
  const ask = await refusing(t)
  const [reply, another] = await Promise.all([ask({ 'accept-language': 'en' }), ask({})])
  t.equal(reply.status, 503)
  t.strictSame(await reply.json(), {
    statusCode: 503,
    error: 'Service Unavailable',
    code: 'SERVICE_UNAVAILABLE',
    message: 'The service cannot answer right now; try again in a moment.',
    retry_after: 1
  })
  t.match(Object.fromEntries(reply.headers), {
    'retry-after': '1',
    'cache-control': 'no-store',
    'content-type': 'application/json; charset=utf-8',
    'content-language': 'en',
    vary: 'Accept-Language',
    'x-request-id': /^[0-9a-f-]{36}$/
  })
  t.not(reply.headers.get('x-request-id'), another.headers.get('x-request-id'))
})

t.test('a refusal is in the language of the reader, however many spellings came before', async (t) => {
  const ask = await refusing(t)
  for (let quality = 0; quality < 250; quality++)
    await (await ask({ 'accept-language': `de, fr;q=0.${quality}` })).text()
  for (const [spelling, language, word] of [
    ['uz', 'uz', 'Xizmat'],
    ['ru-RU,ru;q=0.9', 'ru', 'Сервис'],
    ['ru-RU,ru;q=0.9', 'ru', 'Сервис'],
    ['de', 'en', 'service']
  ] as const) {
    const reply = await ask({ 'Accept-Language': spelling })
    t.equal(reply.headers.get('content-language'), language)
    t.match(await reply.text(), word)
  }
})

t.test('an unread body does not break the connection', async (t) => {
  const ask = await refusing(t)
  for (let call = 0; call < 3; call++) {
    const reply = await ask({}, { method: 'POST', body: 'x'.repeat(10_000) })
    t.equal(reply.status, 503)
    await reply.text()
  }
})
