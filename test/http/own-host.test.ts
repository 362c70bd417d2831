import Fastify from 'fastify'
import t from 'tap'
import { isOwnHost, requireOwnHost, requireOwnPage } from '../../src/http/own-host.ts'

t.test('IP addresses and localhost names are ours; names that anybody can point at us are not', async (t) => {
  for (const hostname of [
    '127.0.0.1',
    '192.168.1.7',
    '[::1]',
    '::1',
    'localhost',
    'LOCALHOST',
    'app.localhost'
  ])
    t.ok(isOwnHost({ hostname, headers: { host: hostname === '::1' ? '[::1]' : hostname } }), hostname)
  for (const hostname of [
    'evil.example',
    'localhost.evil.example',
    'notlocalhost',
    '127.0.0.1.evil.example',
    ''
  ])
    t.notOk(isOwnHost({ hostname, headers: { host: hostname } }), hostname)
})

t.test('another host name gets a 404', async (t) => {
  const app = Fastify().get('/', { onRequest: requireOwnHost }, async () => 'here')
  t.equal((await app.inject({ url: '/', headers: { host: 'localhost:3000' } })).statusCode, 200)
  t.equal((await app.inject({ url: '/', headers: { host: 'evil.example:3000' } })).statusCode, 404)
})

t.test('a forwarded host header does not make a name ours', async (t) => {
  const app = Fastify({ trustProxy: '127.0.0.1' }).get('/', { onRequest: requireOwnHost }, async () => 'here')
  const status = async (host: string, forwarded: string) =>
    (await app.inject({ url: '/', headers: { host, 'x-forwarded-host': forwarded } })).statusCode
  t.equal(await status('evil.example:3000', 'localhost'), 404)
  t.equal(await status('localhost:3000', 'evil.example'), 404)
  t.equal(await status('localhost:3000', 'localhost'), 200)
})

t.test('only our own origin and callers without an origin are answered', async (t) => {
  const app = Fastify().get('/', { onRequest: requireOwnPage }, async () => 'here')
  const status = async (origin?: string) =>
    (await app.inject({ url: '/', headers: { host: 'localhost:3000', ...(origin && { origin }) } }))
      .statusCode
  t.equal(await status(), 200)
  t.equal(await status('http://localhost:3000'), 200)
  for (const origin of ['http://localhost:5173', 'https://localhost:3000', 'http://evil.example', 'null'])
    t.equal(await status(origin), 404, origin)
})
