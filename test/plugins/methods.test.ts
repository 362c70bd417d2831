import { once } from 'node:events'
import { METHODS } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import t from 'tap'
import { build, randomPhone } from '../helper.ts'

const origin = 'https://my.example.uz'

t.test(
  'an unsupported method is a 405 that lists the allowed ones, with or without a trailing slash',
  async (t) => {
    const { app } = await build(t)
    for (const [method, url, allow] of [
      ['GET', '/api/auth/send-otp', 'POST'],
      ['PUT', '/api/auth/verify-otp/', 'POST'],
      ['POST', '/api/users/profile/', 'PATCH'],
      ['DELETE', '/api/users/profile', 'PATCH'],
      ['POST', '/api/users/me/', 'GET, HEAD, DELETE'],
      ['PATCH', '/api/auth/sessions/some-id/', 'DELETE'],
      ['OPTIONS', '/api/auth/sessions/', 'GET, HEAD, DELETE'],
      ['TRACE', '/health/ready', 'GET, HEAD']
    ] as const) {
      const reply = await app.inject({
        method: method as 'GET',
        url,
        payload: { phone_number: randomPhone() }
      })
      t.match(reply.json(), { statusCode: 405, code: 'METHOD_NOT_ALLOWED' }, `${method} ${url}`)
      t.equal(reply.headers.allow, allow)
      t.equal(reply.headers['cache-control'], 'no-store')
      t.match(reply.headers['x-request-id'], /^[0-9a-f-]{36}$/)
    }
  }
)

t.test('a WebDAV or novel method is a 405 too, without waiting for a body', async (t) => {
  const { app } = await build(t)
  await app.listen()
  const { port } = app.server.address() as AddressInfo
  const ask = async (line: string) => {
    const socket = connect(port, '127.0.0.1')
    t.teardown(() => socket.destroy())
    socket.write(`${line} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n`)
    return String((await once(socket, 'data'))[0])
  }
  for (const [address, allow] of [
    ['/api/auth/send-otp', 'POST'],
    ['/api/auth/sessions/some-id/?a=b', 'DELETE'],
    ['/docs/static/index.css', 'HEAD, GET'],
    ['/health/live/', 'GET, HEAD']
  ]) {
    for (const method of METHODS.filter((method) => /^(PROP|[A-Z]*LINK|QUERY|M-)/.test(method))) {
      const reply = await ask(`${method} ${address}`)
      t.match(reply, /^HTTP\/1.1 405 .*"code":"METHOD_NOT_ALLOWED"/s, `${method} ${address}`)
      t.match(reply, `\r\nallow: ${allow}\r\n`)
    }
  }
  t.match(await ask('PROPFIND /api/nope'), /^HTTP\/1.1 404 .*"code":"NOT_FOUND"/s)
})

t.test('HEAD is answered wherever GET is', async (t) => {
  const { app } = await build(t)
  t.equal((await app.inject({ method: 'HEAD', url: '/health/live' })).statusCode, 200)
})

t.test('an OPTIONS that is not a preflight is like any other method, with or without CORS', async (t) => {
  for (const CORS_ORIGINS of ['', origin]) {
    const { app } = await build(t, { CORS_ORIGINS })
    const ask = async (url: string, headers = {}) =>
      (await app.inject({ method: 'OPTIONS', url, headers })).json()
    t.match(await ask('/api/auth/send-otp/'), { statusCode: 405, code: 'METHOD_NOT_ALLOWED' })
    t.match(await ask('/api/auth/send-otp/', { origin }), { statusCode: 405, code: 'METHOD_NOT_ALLOWED' })
    t.match(await ask('/api/nope'), { statusCode: 404, code: 'NOT_FOUND' })
  }
})

t.test('without CORS a preflight is refused like any other method', async (t) => {
  const { app } = await build(t)
  const headers = { origin, 'access-control-request-method': 'POST' }
  const reply = await app.inject({ method: 'OPTIONS', url: '/api/auth/send-otp/', headers })
  t.match(reply.json(), { statusCode: 405, code: 'METHOD_NOT_ALLOWED' })
  t.equal(reply.headers.allow, 'POST')
})

t.test('the API document omits these methods', async (t) => {
  const { app } = await build(t)
  const { paths } = (await app.inject('/openapi.json')).json<{ paths: Record<string, object> }>()
  t.strictSame(Object.keys(paths['/api/auth/send-otp/'] ?? {}), ['post'])
})
