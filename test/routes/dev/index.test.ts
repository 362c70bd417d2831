import t from 'tap'
import { createMockGateway } from '../../../src/sms/mock-gateway.ts'
import { build } from '../../helper.ts'

const mock = { smsGateways: [createMockGateway()] }
const routes = [
  ...['inbox.json', 'index.html', 'page.js', 'page.css', 'icon.svg', 'events'].map((name) => ['GET', name]),
  ...['guard', 'expired-token'].map((name) => ['POST', name])
] as ['GET' | 'POST', string][]

t.test('without DEBUG, or with real gateways alone, there is nothing for developers', async (t) => {
  for (const { app } of [await build(t, {}, mock), await build(t, { DEBUG: 'true' })])
    for (const [method, name] of routes)
      t.equal((await app.inject({ method, url: `/dev/${name}` })).statusCode, 404, name)
})

t.test('under a name that anybody can point at this machine there is nothing either', async (t) => {
  const { app } = await build(t, { DEBUG: 'true' }, mock)
  for (const [method, name] of routes)
    t.equal(
      (await app.inject({ method, url: `/dev/${name}`, headers: { host: 'evil.example' } })).statusCode,
      404,
      name
    )
})

t.test('a page of another origin can ask for nothing but the inbox, and that with CORS alone', async (t) => {
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
  t.equal(await inboxFor('http://localhost:5173'), 'http://localhost:5173', 'an app that is being written')
  t.equal(await inboxFor('http://evil.example'), undefined)
})

t.test('the API document does not know of it', async (t) => {
  const { app } = await build(t, { DEBUG: 'true' }, mock)
  const { paths } = (await app.inject('/openapi.json')).json<{ paths: object }>()
  t.strictSame(
    Object.keys(paths).filter((path) => path.startsWith('/dev')),
    []
  )
  t.ok('/' in paths)
})
