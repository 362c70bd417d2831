import sensible from '@fastify/sensible'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import headers, { LOCALHOST_ORIGIN } from '../../src/plugins/headers.ts'

const origin = 'https://my.example.uz'

/** A service with a call of each method of the API, and a page that may be cached. */
function service(t: Test, corsOrigins: (string | RegExp)[] = []) {
  const app = Fastify({ genReqId: () => 'request-1' })
  t.teardown(() => app.close())
  app.register(sensible)
  app.register(headers, { corsOrigins })
  app.register(async (scope) => {
    for (const method of ['GET', 'POST', 'PATCH', 'DELETE'])
      scope.route({ method, url: '/', handler: async () => 'done' })
    scope.get('/keys', async (_request, reply) => {
      reply.header('cache-control', 'public, max-age=300')
      return 'keys'
    })
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

t.test(
  'every reply can be quoted by its id and is kept in no cache, also where there is nothing',
  async (t) => {
    const app = service(t)
    for (const url of ['/', '/nothing']) {
      t.match(
        (await app.inject(url)).headers,
        { 'x-request-id': 'request-1', 'cache-control': 'no-store' },
        url
      )
    }
  }
)

t.test('a client cannot choose the id of its request', async (t) => {
  const reply = await service(t).inject({
    url: '/',
    headers: { 'x-request-id': 'forged', 'request-id': 'forged' }
  })
  t.equal(reply.headers['x-request-id'], 'request-1')
})

t.test('a route may say that its answer can be cached', async (t) => {
  t.equal((await service(t).inject('/keys')).headers['cache-control'], 'public, max-age=300')
})

t.test('a browser may not frame, run, sniff or leak anything of the API', async (t) => {
  t.match((await service(t).inject('/')).headers, {
    'content-security-policy': "default-src 'none';frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'strict-transport-security': /^max-age=\d{7,}/
  })
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
  t.match(reply.headers['access-control-expose-headers'], 'retry-after')
  t.match(reply.headers['access-control-expose-headers'], 'x-request-id')
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

t.test('a browser asks once in two hours whether a web app may call', async (t) => {
  t.equal((await preflight(service(t, [origin]), origin, 'POST')).headers['access-control-max-age'], '7200')
})

t.test(
  "a web app on the developer's own machine may call from whatever port, and nothing else",
  async (t) => {
    const app = service(t, [LOCALHOST_ORIGIN])
    for (const [from, allowed] of [
      ['http://localhost', true],
      ['http://localhost:5173', true],
      ['https://app.localhost:8443', true],
      ['http://127.0.0.1:3001', true],
      ['http://[::1]:3001', true],
      ['http://localhost.evil.example', false],
      ['http://evil-localhost', false],
      ['http://127.0.0.1.evil.example', false],
      ['null', false]
    ] as const) {
      const reply = await app.inject({ url: '/', headers: { origin: from } })
      t.equal(reply.headers['access-control-allow-origin'], allowed ? from : undefined, from)
    }
  }
)
