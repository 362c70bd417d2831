import fastifyJwt from '@fastify/jwt'
import Fastify from 'fastify'
import { createLocalJWKSet, jwtVerify } from 'jose'
import t, { type Test } from 'tap'
import { formatKeys } from '../../src/keys/key.ts'
import { build, signUp } from '../helper.ts'
import { ED_DSA, ES256 } from '../known-keys.ts'

const secret = 'a secret of this test, which other services share'
const [issuer, audience, refreshAudience] = ['citizen-auth', 'citizen-api', 'citizen-auth:refresh']
const keyFile = (...keys: Parameters<typeof formatKeys>[0]) => `${t.testdir({ keys: formatKeys(keys) })}/keys`

/** A service that shares the secret and checks issuer and audience, but not `typ` or `token_type`. */
async function fastJwt(t: Test) {
  const service = Fastify().register(fastifyJwt, { namespace: 'access', secret })
  t.teardown(() => service.close())
  await service.ready()
  return async (token: string, allowedAud: string) =>
    service.jwt.access.verify<object>(token, { allowedIss: issuer, allowedAud })
}

t.test('fast-jwt with a shared secret tells access and refresh tokens apart', async (t) => {
  const pair = await signUp(await build(t, { JWT_SECRET: secret }))
  const verify = await fastJwt(t)
  t.match(await verify(pair.access, audience), { token_type: 'access' })
  t.match(await verify(pair.refresh, refreshAudience), { token_type: 'refresh' })
  await t.rejects(verify(pair.refresh, audience), { code: 'FAST_JWT_INVALID_CLAIM_VALUE' })
  await t.rejects(verify(pair.access, refreshAudience), { code: 'FAST_JWT_INVALID_CLAIM_VALUE' })
})

for (const [alg, settings] of [
  ['HS256', () => ({ JWT_SECRET: secret })],
  ['ES256', () => ({ JWT_SECRET: '', JWT_KEYS: keyFile(ES256) })],
  ['EdDSA', () => ({ JWT_SECRET: '', JWT_KEYS: keyFile({ ...ED_DSA, state: 'active' }) })]
] as const) {
  t.test(`jose with ${alg} tells access and refresh tokens apart`, async (t) => {
    const built = await build(t, settings())
    const pair = await signUp(built)
    const jwks = (await built.app.inject('/.well-known/jwks.json')).json()
    const verify = async (token: string, audience: string) => {
      const rules = { issuer, audience, algorithms: [alg] }
      const key = alg === 'HS256' ? new TextEncoder().encode(secret) : createLocalJWKSet(jwks)
      return (await (key instanceof Uint8Array ? jwtVerify(token, key, rules) : jwtVerify(token, key, rules)))
        .payload
    }
    t.match(await verify(pair.access, audience), { token_type: 'access' })
    t.match(await verify(pair.refresh, refreshAudience), { token_type: 'refresh' })
    const refused = { code: 'ERR_JWT_CLAIM_VALIDATION_FAILED', claim: 'aud' }
    await t.rejects(verify(pair.refresh, audience), refused)
    await t.rejects(verify(pair.access, refreshAudience), refused)
  })
}
