import { writeFileSync } from 'node:fs'
import t from 'tap'
import { formatKeys, newKey } from '../../src/keys/key.ts'
import { build } from '../helper.ts'
import { ED_DSA, ES256 } from '../known-keys.ts'
import { until } from '../until.ts'

const url = '/.well-known/jwks.json'
const retired = { ...newKey('ES256', 'retired', new Date()), retired_at: '2026-11-22T20:00:00Z' }
const folder = t.testdir({ 'keys.json': formatKeys([retired, ES256, ED_DSA]) })
const settings = { JWT_SECRET: '', JWT_KEYS: `${folder}/keys.json`, JWT_KEYS_CHECK_MS: '20' }

t.test('the public halves of all keys are published, and no private part', async (t) => {
  const { app } = await build(t, settings)
  const reply = await app.inject(url)
  t.equal(reply.statusCode, 200)
  t.match(reply.headers['content-type'], 'application/json')
  const { kid, x, y } = retired as typeof retired & { y: string }
  t.strictSame(reply.json(), {
    keys: [
      { kty: 'EC', crv: 'P-256', x, y, kid, alg: 'ES256', use: 'sig' },
      { kty: 'EC', crv: 'P-256', x: ES256.x, y: ES256.y, kid: 'rfc7515', alg: 'ES256', use: 'sig' },
      { kty: 'OKP', crv: 'Ed25519', x: ED_DSA.x, kid: 'rfc8037', alg: 'EdDSA', use: 'sig' }
    ]
  })
  for (const { d } of [retired, ES256, ED_DSA]) t.notMatch(reply.body, d)
})

t.test('clients may cache the keys for JWKS_MAX_AGE_SECONDS', async (t) => {
  const { app } = await build(t, { ...settings, JWKS_MAX_AGE_SECONDS: '120' })
  t.equal((await app.inject(url)).headers['cache-control'], 'public, max-age=120')
})

t.test('a client gets a 304 until the keys change', async (t) => {
  const { app, log } = await build(t, settings)
  const { etag } = (await app.inject(url)).headers
  for (const tag of [`${etag}`, `W/${etag}`, `"other", ${etag}`]) {
    const reply = await app.inject({ url, headers: { 'if-none-match': tag } })
    t.match(reply, { statusCode: 304, body: '', headers: { etag, 'cache-control': 'public, max-age=300' } })
  }
  writeFileSync(settings.JWT_KEYS, formatKeys([ES256]))
  await until(() => log.join('').includes('was read again'))
  const reply = await app.inject({ url, headers: { 'if-none-match': `${etag}` } })
  t.match(reply.json(), { keys: [{ kid: 'rfc7515' }] })
})

t.test('a shared secret has no public half: NOT_FOUND', async (t) => {
  const { app } = await build(t)
  const reply = await app.inject(url)
  t.match(reply.json(), { statusCode: 404, code: 'NOT_FOUND' })
  t.equal(reply.headers['cache-control'], 'no-store')
})

t.test('the API document describes JWKS even with a shared secret', async (t) => {
  const { app } = await build(t)
  const { paths, components } = (await app.inject('/openapi.json')).json()
  const { get } = paths[url]
  t.match(get, { operationId: 'jwks', tags: ['operations'], responses: { 200: {}, 304: {}, 404: {} } })
  t.notOk('d' in components.schemas.PublicKey.properties)
})
