import Fastify from 'fastify'
import t, { type Test } from 'tap'
import cors from '../../src/plugins/cors.ts'

const origin = 'https://my.example.uz'

/** A service with a route for each method of the API. */
function service(t: Test, origins: string[] = [], allowLocalhost = false) {
  const app = Fastify()
  t.teardown(() => app.close())
  app.register(cors, { origins, maxAgeSeconds: 7_200, allowLocalhost })
  app.register(async (scope) => {
    for (const method of ['GET', 'POST', 'PATCH', 'DELETE'])
      scope.route({ method, url: '/', handler: async () => 'done' })
  })
  return app
}

const preflight = (app: ReturnType<typeof service>, from: string, method: string) =>
  app.inject({
    method: 'OPTIONS',
    url: '/',
    headers: {
      origin: from,
      'access-control-request-method': method,
      'access-control-request-headers': 'authorization'
    }
  })

t.test('no web app may call by default', async (t) => {
  const reply = await service(t).inject({ url: '/', headers: { origin } })
  t.notOk('access-control-allow-origin' in reply.headers)
})

t.test('a listed origin may call and read the retry, rate limit and request id headers', async (t) => {
  const reply = await service(t, [origin, 'https://staff.example.uz']).inject({
    url: '/',
    headers: { origin }
  })
  t.equal(reply.headers['access-control-allow-origin'], origin)
  for (const header of ['retry-after', 'x-request-id', 'x-ratelimit-remaining'])
    t.match(reply.headers['access-control-expose-headers'], header)
  t.match(reply.headers.vary, 'Origin', 'caches must not give one origin the reply to another')
})

t.test('unlisted origins are refused, however similar their names', async (t) => {
  const app = service(t, [origin])
  for (const other of [
    'https://evil.example',
    `${origin}.evil.example`,
    'http://my.example.uz',
    `${origin}:8443`,
    'null'
  ]) {
    const reply = await app.inject({ url: '/', headers: { origin: other } })
    t.notOk('access-control-allow-origin' in reply.headers, other)
  }
})

t.test('a listed origin may use every method of the API', async (t) => {
  const app = service(t, [origin])
  for (const method of ['GET', 'POST', 'PATCH', 'DELETE']) {
    const { headers } = await preflight(app, origin, method)
    t.equal(headers['access-control-allow-origin'], origin)
    t.match(headers['access-control-allow-methods'], method)
    t.match(headers['access-control-allow-headers'], 'authorization')
  }
})

t.test('a listed origin may send all API headers', async (t) => {
  const names = 'accept-language, authorization, content-type, idempotency-key'
  const { headers } = await service(t, [origin]).inject({
    method: 'OPTIONS',
    url: '/',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': names
    }
  })
  t.equal(headers['access-control-allow-headers'], names)
})

t.test('browsers may cache a preflight reply for two hours', async (t) => {
  t.equal((await preflight(service(t, [origin]), origin, 'POST')).headers['access-control-max-age'], '7200')
})

t.test('in development, apps on this machine may call from any port, and no others may', async (t) => {
  const app = service(t, [], true)
  for (const own of [
    'http://localhost:5173',
    'https://localhost',
    'https://localhost:65535',
    'http://127.0.0.1:8080',
    'https://127.0.0.1:8443',
    'http://[::1]:3000',
    'https://[::1]'
  ]) {
    t.equal((await preflight(app, own, 'POST')).headers['access-control-allow-origin'], own)
  }
  for (const other of [
    'http://localhost.evil.example',
    'http://evil.example:80',
    'http://localhost:80x',
    origin
  ]) {
    t.notOk('access-control-allow-origin' in (await preflight(app, other, 'POST')).headers, other)
  }
})
