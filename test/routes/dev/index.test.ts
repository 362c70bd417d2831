import t from 'tap'
import { createMockGateway } from '../../../src/sms/mock-gateway.ts'
import { build } from '../../helper.ts'

const mock = { smsGateways: [createMockGateway()] }
const routes = [
  ...['inbox.json', 'index.html', 'page.js', 'page.css', 'icon.svg', 'events'].map((name) => ['GET', name]),
  ...['guard', 'expired-token'].map((name) => ['POST', name])
] as ['GET' | 'POST', string][]

t.test('without DEBUG or without the mock gateway the developer routes are 404', async (t) => {
  for (const { app } of [await build(t, {}, mock), await build(t, { DEBUG: 'true' })])
    for (const [method, name] of routes)
      t.equal((await app.inject({ method, url: `/dev/${name}` })).statusCode, 404, name)
})

t.test('under a foreign host name (DNS rebinding) the developer routes are 404', async (t) => {
  const { app } = await build(t, { DEBUG: 'true' }, mock)
  for (const [method, name] of routes)
    t.equal(
      (await app.inject({ method, url: `/dev/${name}`, headers: { host: 'evil.example' } })).statusCode,
      404,
      name
    )
})

t.test('a page of another origin can reach only the inbox, and read it only with CORS', async (t) => {
  const { app } = await build(t, { DEBUG: 'true' }, mock)
  for (const [method, name] of routes.filter(([, name]) => name !== 'inbox.json'))
    t.equal(
      (await app.inject({ method, url: `/dev/${name}`, headers: { origin: 'http://localhost:5173' } }))
        .statusCode,
      404,
      name
    )
  const inboxFor = async (origin: string) =>
    (await app.inject({ url: '/dev/inbox.json', headers: { origin } })).headers['access-control-allow-origin']
  t.equal(await inboxFor('http://localhost:5173'), 'http://localhost:5173', 'an app in development')
  t.equal(await inboxFor('http://evil.example'), undefined)
})

t.test('the API document leaves out /dev', async (t) => {
  const { app } = await build(t, { DEBUG: 'true' }, mock)
  const { paths } = (await app.inject('/openapi.json')).json<{ paths: object }>()
  t.strictSame(
    Object.keys(paths).filter((path) => path.startsWith('/dev')),
    []
  )
  t.ok('/' in paths)
})
