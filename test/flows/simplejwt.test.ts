import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import type { Config } from '../../src/config/settings.ts'
import type { AccessClaims } from '../../src/keys/claims.ts'
import { formatKeys } from '../../src/keys/key.ts'
import jwt from '../../src/plugins/jwt.ts'
import { build, signUp } from '../helper.ts'
import { ED_DSA, ES256 } from '../known-keys.ts'
import { createStaff } from '../staff.ts'

interface Vectors {
  issuer: string
  audience: string
  secret: string
  tokens: { alg: string; claims: AccessClaims; token: string }[]
}
/** Tokens signed with the keys of `known-keys.ts` that PyJWT has accepted; valid until 2100. */
const vectors: Vectors = JSON.parse(readFileSync(new URL('token-vectors.json', import.meta.url), 'utf8'))
const { issuer, audience, secret } = vectors
const refreshAudience = 'citizen-auth:refresh'

const folder = t.testdir({
  ES256: formatKeys([ES256, ED_DSA]),
  EdDSA: formatKeys([
    { ...ES256, state: 'retired' },
    { ...ED_DSA, state: 'active' }
  ])
})
const families = [
  { alg: 'HS256', keys: { secret }, settings: { JWT_SECRET: secret } },
  ...['ES256', 'EdDSA'].map((alg) => {
    const keyFile = `${folder}/${alg}`
    return { alg, keys: { keys: keyFile }, settings: { JWT_SECRET: '', JWT_KEYS: keyFile } }
  })
]

const parts = (token: string) =>
  token
    .split('.')
    .map((part, place) => (place < 2 ? JSON.parse(Buffer.from(part, 'base64url').toString()) : part))
const types = (claims: object) =>
  Object.entries(claims)
    .map(([name, value]) => `${name}: ${typeof value}`)
    .sort()

for (const { alg, keys, settings } of families) {
  const stored = vectors.tokens.filter((vector) => vector.alg === alg)

  t.test(
    `${alg}: tokens that PyJWT has accepted are accepted, and re-signing changes no claim`,
    async (t) => {
      const { access } = await tokensOf(t, { ...keys, issuer, audience, refreshAudience })
      t.equal(stored.length, 2)
      for (const { claims, token } of stored) {
        t.match(access.verify(token), claims)
        t.strictSame(parts(access.sign(claims)).slice(0, 2), parts(token).slice(0, 2))
        // ES256 signatures are never the same.
        if (alg !== 'ES256') t.equal(access.sign(claims), token)
      }
    }
  )

  t.test(`${alg}: issued tokens have the claims of those tokens, and an iat in the past`, async (t) => {
    const built = await build(t, settings)
    for (const [place, token] of (await issued(built)).accepted.entries()) {
      const [header, claims] = parts(token)
      const [knownHeader, knownClaims] = parts(stored[place]?.token ?? '')
      t.strictSame(header, knownHeader)
      t.strictSame(types(claims), types(knownClaims))
      t.ok(Number.isInteger(claims.iat) && claims.iat * 1_000 <= Date.now())
    }
  })
}

/** What the API issues to a citizen and to a staff member, and tokens to refuse as their access tokens. */
async function issued(built: Awaited<ReturnType<typeof build>>) {
  const citizen = await signUp(built)
  const { phone, password } = await createStaff()
  const { access } = (await built.staffLogin(phone, password)).json<{ access: string }>()
  const [header, , signature] = citizen.access.split('.')
  return {
    accepted: [citizen.access, access],
    refused: [
      ['InvalidAudienceError', access, { audience: 'another-api' }],
      ['InvalidIssuerError', access, { issuer: 'somebody-else' }],
      ['InvalidSignatureError', `${header}.${access.split('.')[1]}.${signature}`, {}],
      ['InvalidAudienceError', citizen.refresh, {}],
      ['ValueError', citizen.refresh, { audience: refreshAudience }]
    ] as const
  }
}

async function tokensOf(t: Test, options: Omit<Config['jwt'], 'keysCheckMs'>) {
  const app = Fastify().register(jwt, { keysCheckMs: 1_000, ...options })
  t.teardown(() => app.close())
  await app.ready()
  return app.tokens
}

// What a Django service runs; Debian's python3-jwt provides it.
const python = ['python3', '/usr/bin/python3'].find(
  (command) => spawnSync(command, ['-c', 'import jwt, cryptography']).status === 0
)
if (!python) t.comment('no Python with PyJWT here: the stored tokens speak for it')
if (process.env.REQUIRE_PYJWT) t.ok(python, 'PyJWT is installed, as REQUIRE_PYJWT demands')

/** What PyJWT says about each token, in the terms of SimpleJWT. */
async function readByPython(
  command: string,
  calls: object[]
): Promise<{ claims?: object; refused?: string }[]> {
  const script = new URL('simplejwt.py', import.meta.url).pathname
  const child = spawn(command, [script], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH }
  })
  child.stdin.end(calls.map((call) => JSON.stringify(call)).join('\n'))
  const lines = (await text(child.stdout)).trim().split('\n')
  return lines.map((line) => JSON.parse(line))
}

for (const { alg, settings } of python ? families : []) {
  t.test(`${alg}: PyJWT accepts what the API issues, using the published keys`, async (t) => {
    const built = await build(t, settings)
    await built.app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = built.app.server.address() as AddressInfo
    const jwk_url = `http://127.0.0.1:${port}/.well-known/jwks.json`
    const call = { algorithm: alg, issuer, audience, signing_key: secret, jwk_url }
    const { accepted, refused } = await issued(built)
    const stored = vectors.tokens.filter((vector) => vector.alg === alg).map(({ token }) => token)
    const good = [...accepted, ...stored]
    const answers = await readByPython(python ?? '', [
      ...good.map((token) => ({ ...call, token })),
      ...refused.map(([, token, changes]) => ({ ...call, token, ...changes }))
    ])
    for (const [place, token] of good.entries()) t.strictSame(answers[place], { claims: parts(token)[1] })
    t.match(
      answers.slice(good.length),
      refused.map(([name]) => ({ refused: name }))
    )
    t.comment(JSON.stringify(answers))
  })
}
