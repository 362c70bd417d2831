import { createHmac, generateKeyPairSync, sign as signWithKey } from 'node:crypto'
import Fastify from 'fastify'
import t from 'tap'
import jwt from '../../src/plugins/jwt.ts'

const options = {
  secret: 'a secret of this test that signs the tokens',
  issuer: 'citizen-auth',
  audience: 'citizen-api'
}
const app = Fastify().register(jwt, options)
t.teardown(() => app.close())
await app.ready()
const { access, refresh } = app.jwt

const now = Math.floor(Date.now() / 1000)
const shared = { sub: 'user-1', user_id: 'user-1', sid: 'session-1', jti: 'token-1', iat: now, exp: now + 60 }
const accessClaims = { ...shared, token_type: 'access', role: 'citizen', auth_time: now } as const
const refreshClaims = { ...shared, token_type: 'refresh', generation: 3 } as const
/** What the plugin adds to what it signs. */
const addressed = { iss: options.issuer, aud: options.audience }

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
const decode = (part = '') => JSON.parse(Buffer.from(part, 'base64url').toString())

interface Forgery {
  header?: object
  claims?: object
  sign?: (input: string) => Buffer
}
const hmac =
  (secret: string, hash = 'sha256') =>
  (input: string) =>
    createHmac(hash, secret).update(input).digest()

/** An access token that is right in everything but what is given. */
function forge({ header, claims, sign = hmac(options.secret) }: Forgery): string {
  const parts = [
    { alg: 'HS256', typ: 'at+jwt', ...header },
    { ...accessClaims, ...addressed, ...claims }
  ]
  const input = parts.map(encode).join('.')
  return `${input}.${sign(input).toString('base64url')}`
}

/** The code with which the plugin refuses an access token, or `accepted`. */
function verdict(token: string): string {
  try {
    access.verify(token)
    return 'accepted'
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'no code'
  }
}

t.test('a token that the plugin signed is accepted, and so is one of our own making like it', async (t) => {
  t.match(access.verify(access.sign(accessClaims)), { ...accessClaims, ...addressed })
  t.match(refresh.verify(refresh.sign(refreshClaims)), { ...refreshClaims, ...addressed })
  t.equal(verdict(forge({})), 'accepted')
})

t.test('tokens say what they are: HS256, and a type of their own for each kind', async (t) => {
  t.strictSame(decode(access.sign(accessClaims).split('.')[0]), { alg: 'HS256', typ: 'at+jwt' })
  t.strictSame(decode(refresh.sign(refreshClaims).split('.')[0]), { alg: 'HS256', typ: 'rt+jwt' })
})

t.test('a refresh token is no access token, and the other way round', async (t) => {
  t.equal(verdict(refresh.sign(refreshClaims)), 'FAST_JWT_INVALID_TYPE')
  t.equal(verdict(refresh.sign(accessClaims)), 'FAST_JWT_INVALID_TYPE', 'not with the claims of one either')
  t.throws(() => refresh.verify(access.sign(accessClaims)), { code: 'FAST_JWT_INVALID_TYPE' })
  t.throws(() => refresh.verify(access.sign(refreshClaims)), { code: 'FAST_JWT_INVALID_TYPE' })
})

t.test('an unsigned token is refused', async (t) => {
  for (const alg of ['none', 'None', 'NONE', '']) {
    t.not(verdict(forge({ header: { alg }, sign: () => Buffer.alloc(0) })), 'accepted', alg)
  }
  t.not(verdict(forge({ sign: () => Buffer.alloc(0) })), 'accepted')
})

t.test('another algorithm is refused, also with the right secret', async (t) => {
  for (const [alg, hash] of [
    ['HS384', 'sha384'],
    ['HS512', 'sha512']
  ] as const) {
    t.equal(
      verdict(forge({ header: { alg }, sign: hmac(options.secret, hash) })),
      'FAST_JWT_INVALID_ALGORITHM'
    )
  }
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const sign = (input: string) =>
    signWithKey('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  t.equal(verdict(forge({ header: { alg: 'ES256' }, sign })), 'FAST_JWT_INVALID_ALGORITHM')
})

t.test('a token signed with another secret is refused', async (t) => {
  for (const secret of ['another secret of the same length, surely!!', '', `${options.secret} `]) {
    t.equal(verdict(forge({ sign: hmac(secret) })), 'FAST_JWT_INVALID_SIGNATURE')
  }
})

t.test('a token that was changed anywhere is refused', async (t) => {
  const token = access.sign(accessClaims)
  // The last character holds bits that belong to no byte of the signature.
  const accepted = [...token.slice(0, -1)].flatMap((character, place) => {
    const changed = `${token.slice(0, place)}${character === 'x' ? 'y' : 'x'}${token.slice(place + 1)}`
    return verdict(changed) === 'accepted' ? [place] : []
  })
  t.strictSame(accepted, [])
})

t.test('an expired token is refused, and by a code that tells so', async (t) => {
  t.equal(verdict(forge({ claims: { exp: now - 1 } })), 'FAST_JWT_EXPIRED')
  t.equal(verdict(access.sign({ ...accessClaims, exp: now - 1 })), 'FAST_JWT_EXPIRED')
  t.equal(verdict(forge({ claims: { exp: String(now + 60) } })), 'FAST_JWT_INVALID_CLAIM_TYPE')
})

t.test('an access token without any one of its claims is refused', async (t) => {
  for (const claim of Object.keys({ ...accessClaims, ...addressed })) {
    t.equal(verdict(forge({ claims: { [claim]: undefined } })), 'FAST_JWT_MISSING_REQUIRED_CLAIM', claim)
  }
})

t.test('a refresh token without any one of its claims is refused', async (t) => {
  for (const claim of Object.keys({ ...refreshClaims, ...addressed })) {
    const claims = { ...refreshClaims, role: undefined, auth_time: undefined, [claim]: undefined }
    const token = forge({ header: { typ: 'rt+jwt' }, claims })
    t.throws(() => refresh.verify(token), { code: 'FAST_JWT_MISSING_REQUIRED_CLAIM' }, claim)
  }
})

t.test('a token of another issuer or for another audience is refused', async (t) => {
  for (const [claim, code] of [
    ['iss', 'FAST_JWT_INVALID_CLAIM_VALUE'],
    ['aud', 'FAST_JWT_INVALID_CLAIM_VALUE']
  ] as const) {
    t.equal(verdict(forge({ claims: { [claim]: 'somebody-else' } })), code, claim)
  }
})

t.test('what is no token is refused', async (t) => {
  for (const token of ['', '.', '..', 'token', `${forge({})}.`, `${forge({})} `, forge({}).slice(0, -1)]) {
    t.not(verdict(token), 'accepted', token.slice(0, 10))
  }
})
