import Fastify from 'fastify'
import t, { type Test } from 'tap'
import cors from '../../src/plugins/cors.ts'

const origin = 'https://my.example.uz'

/** A service with a call of each method of the API. */
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

t.test('without origins no web app may call', async (t) => {
  const reply = await service(t).inject({ url: '/', headers: { origin } })
  t.notOk('access-control-allow-origin' in reply.headers)
})

t.test('a web app of a listed origin may call and read when to retry and what to quote', async (t) => {
  const reply = await service(t, [origin, 'https://staff.example.uz']).inject({
    url: '/',
    headers: { origin }
  })
  t.equal(reply.headers['access-control-allow-origin'], origin)
  for (const header of ['retry-after', 'x-request-id', 'x-ratelimit-remaining'])
    t.match(reply.headers['access-control-expose-headers'], header)
  t.match(reply.headers.vary, 'Origin', 'a cache must not give one origin the answer of another')
})

t.test('a web app of another origin may not, however alike its name', async (t) => {
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

t.test('a web app of a listed origin may use every method of the API', async (t) => {
  const app = service(t, [origin])
  for (const method of ['GET', 'POST', 'PATCH', 'DELETE']) {
    const { headers } = await preflight(app, origin, method)
    t.equal(headers['access-control-allow-origin'], origin)
    t.match(headers['access-control-allow-methods'], method)
    t.match(headers['access-control-allow-headers'], 'authorization')
  }
})

t.test('a web app may send every header of the API', async (t) => {
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

t.test('a browser may keep the answer to a preflight for two hours', async (t) => {
  t.equal((await preflight(service(t, [origin]), origin, 'POST')).headers['access-control-max-age'], '7200')
})

t.test('in development an app on this machine may call, on whatever port, and nobody else', async (t) => {
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
