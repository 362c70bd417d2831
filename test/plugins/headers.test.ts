import Fastify from 'fastify'
import t, { type Test } from 'tap'
import headers from '../../src/plugins/headers.ts'

/** A service with a route for each method of the API, and one whose replies may be cached. */
function service(t: Test) {
  const app = Fastify({ genReqId: () => 'request-1' })
  t.teardown(() => app.close())
  app.register(headers)
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

t.test('every reply has a request id and must not be cached, even a 404', async (t) => {
  const app = service(t)
  for (const url of ['/', '/nothing']) {
    t.match(
      (await app.inject(url)).headers,
      { 'x-request-id': 'request-1', 'cache-control': 'no-store' },
      url
    )
  }
})

t.test('a client cannot choose the id of its request', async (t) => {
  const reply = await service(t).inject({
    url: '/',
    headers: { 'x-request-id': 'forged', 'request-id': 'forged' }
  })
  t.equal(reply.headers['x-request-id'], 'request-1')
})

t.test('a route may allow its replies to be cached', async (t) => {
  t.equal((await service(t).inject('/keys')).headers['cache-control'], 'public, max-age=300')
})

t.test('a browser may not frame, run, sniff or leak anything of the API', async (t) => {
  t.match((await service(t).inject('/')).headers, {
    'content-security-policy': "default-src 'none';frame-ancestors 'none'",
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'origin-agent-cluster': '?1',
    'referrer-policy': 'no-referrer',
    'strict-transport-security': /^max-age=\d{7,}; includeSubDomains$/,
    'x-content-type-options': 'nosniff',
    'x-dns-prefetch-control': 'off',
    'x-download-options': 'noopen',
    'x-frame-options': 'SAMEORIGIN',
    'x-permitted-cross-domain-policies': 'none',
    'x-xss-protection': '0'
  })
})
