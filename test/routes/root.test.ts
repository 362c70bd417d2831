import t from 'tap'
import { createMockGateway } from '../../src/sms/mock-gateway.ts'
import { build } from '../helper.ts'

const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
const mock = { smsGateways: [createMockGateway()] }

t.test('the root path names the service, and every path that it lists exists', async (t) => {
  const { app } = await build(t)
  const reply = await app.inject('/')
  t.equal(reply.statusCode, 200)
  const { name, ...paths } = reply.json<Record<string, string>>()
  t.equal(name, 'citizen-auth')
  t.strictSame(Object.keys(paths), ['api', 'docs', 'health'])
  for (const path of Object.values(paths)) t.ok((await app.inject(path)).statusCode < 400, path)
})

t.test('in development a browser gets the page and other clients the JSON index', async (t) => {
  const { app } = await build(t, { DEBUG: 'true' }, mock)
  const page = await app.inject({ url: '/', headers: browser })
  t.match(page.headers, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': /^default-src 'none';script-src 'self';style-src 'self';/,
    vary: 'accept'
  })
  t.match(page.body, /^<!doctype html>/)
  for (const [, path = ''] of page.body.matchAll(/(?:src|href)="(\/[^"]*)"/g))
    t.ok((await app.inject(path)).statusCode < 400, path)
  t.match((await app.inject({ url: '/', headers: { accept: '*/*' } })).json(), { name: 'citizen-auth' })
})

t.test('under a foreign host name (DNS rebinding) there is no page', async (t) => {
  const { app } = await build(t, { DEBUG: 'true' }, mock)
  const reply = await app.inject({ url: '/', headers: { ...browser, host: 'evil.example' } })
  t.match(reply.json(), { name: 'citizen-auth' })
})

t.test('without DEBUG or without the mock gateway a browser gets the JSON index', async (t) => {
  for (const { app } of [await build(t, {}, mock), await build(t, { DEBUG: 'true' })])
    t.match((await app.inject({ url: '/', headers: browser })).json(), { name: 'citizen-auth' })
})
