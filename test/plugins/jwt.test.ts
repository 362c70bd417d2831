import { createHmac, createPrivateKey, type JsonWebKey, randomUUID, sign as signWithKey } from 'node:crypto'
import fc from 'fast-check'
import Fastify from 'fastify'
import t from 'tap'
import type { Config } from '../../src/config/settings.ts'
import { ApiError } from '../../src/errors.ts'
import type { StoredKey } from '../../src/keys/jwk.ts'
import { formatKeys, newKey } from '../../src/keys/key.ts'
import { pemPair, publicJwk } from '../../src/keys/key-pair.ts'
import jwt from '../../src/plugins/jwt.ts'

const addressed = {
  issuer: 'citizen-auth',
  audience: 'citizen-api',
  refreshAudience: 'citizen-auth:refresh'
}
const secret = 'a secret of this test that signs the tokens'
const made = new Date()
const [es256, edDsa] = [newKey('ES256', 'active', made), newKey('EdDSA', 'active', made)]
const next = newKey('ES256', 'next', made)
const folder = t.testdir({ ES256: formatKeys([next, es256]), EdDSA: formatKeys([edDsa, next]) })

const now = Math.floor(Date.now() / 1000)
const [user, session] = [randomUUID(), randomUUID()]
const shared = { sub: user, user_id: user, sid: session, jti: 'token-1', iat: now, exp: now + 60 }
const accessClaims = { ...shared, token_type: 'access', role: 'citizen', auth_time: now } as const
const refreshClaims = { ...shared, token_type: 'refresh', generation: 3 } as const
/** The claims that the plugin adds when it signs. */
const from = { iss: addressed.issuer, aud: addressed.audience }
const fromRefresh = { iss: addressed.issuer, aud: addressed.refreshAudience }

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
const decode = (part = '') => JSON.parse(Buffer.from(part, 'base64url').toString())
const spoilt = (token: string, place: number, mask: number) =>
  token.slice(0, place) + String.fromCharCode(token.charCodeAt(place) ^ mask) + token.slice(place + 1)

type Sign = (input: string) => Buffer
const hmac =
  (key: string, hash = 'sha256'): Sign =>
  (input) =>
    createHmac(hash, key).update(input).digest()
const pair = (jwk: StoredKey): Sign => {
  const key = createPrivateKey({ format: 'jwk', key: jwk as JsonWebKey })
  const digest = jwk.alg === 'ES256' ? 'sha256' : undefined
  return (input) => signWithKey(digest, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })
}

async function service(options: Partial<Config['jwt']>) {
  const app = Fastify().register(jwt, { keysCheckMs: 1_000, ...addressed, ...options })
  t.teardown(() => app.close())
  await app.ready()
  return app.tokens
}

const old = 'the secret that this one has taken the place of'
const single = [
  {
    ...{ alg: 'HS256', options: { secret }, kid: {}, sign: hmac(secret) },
    stranger: hmac('another secret of the same length, surely!!'),
    confusions: [
      { alg: 'HS384', sign: hmac(secret, 'sha384') },
      { alg: 'HS512', sign: hmac(secret, 'sha512') },
      { alg: 'ES256', sign: pair(es256) },
      { alg: 'EdDSA', sign: pair(edDsa) }
    ]
  },
  ...[es256, edDsa].map((key) => ({
    ...{ alg: key.alg, options: { keys: `${folder}/${key.alg}` }, kid: { kid: key.kid }, sign: pair(key) },
    stranger: pair(newKey(key.alg, 'active', made)),
    // The public parts of a key pair must not work as a secret.
    confusions: [
      { alg: key === es256 ? 'EdDSA' : 'ES256', sign: pair(key === es256 ? edDsa : es256) },
      ...[
        pemPair(key).public,
        pemPair(key).public.trim(),
        JSON.stringify(publicJwk(key)),
        key.x,
        key.kid
      ].map((known) => ({ alg: 'HS256', sign: hmac(known) }))
    ]
  }))
]
/** While one family replaces another, each must stay as strict as it is alone. */
const beside = (alg: string) =>
  alg === 'HS256' ? { keys: `${folder}/ES256`, acceptedSecret: old } : { acceptedSecret: old }
const families = [
  ...single.map((family) => ({ ...family, name: family.alg })),
  ...single.map((family) => ({
    ...{ ...family, name: `${family.alg} while it is changed` },
    options: { ...family.options, ...beside(family.alg) }
  }))
]

for (const { name, alg, options, kid, sign: rightly, stranger, confusions } of families) {
  t.test(name, async (t) => {
    const { access, refresh } = await service(options)

    interface Forgery {
      header?: object
      claims?: object
      sign?: Sign
    }
    /** An access token that is valid except for what is given. */
    function forge({ header, claims, sign = rightly }: Forgery): string {
      const parts = [
        { alg, typ: 'at+jwt', ...kid, ...header },
        { ...accessClaims, ...from, ...claims }
      ]
      const input = parts.map(encode).join('.')
      return `${input}.${sign(input).toString('base64url')}`
    }

    t.test('a signed token is accepted, and so is an exact forgery of it', async (t) => {
      t.match(access.verify(access.sign(accessClaims)), { ...accessClaims, ...from })
      t.match(refresh.verify(refresh.sign(refreshClaims)), { ...refreshClaims, ...fromRefresh })
      t.equal(verdict(access, forge({})), 'accepted')
    })

    t.test('token headers name the algorithm, the key, and a different type for each kind', async (t) => {
      t.strictSame(decode(access.sign(accessClaims).split('.')[0]), { alg, typ: 'at+jwt', ...kid })
      t.strictSame(decode(refresh.sign(refreshClaims).split('.')[0]), { alg, typ: 'rt+jwt', ...kid })
    })

    t.test('access and refresh tokens cannot stand in for each other', async (t) => {
      t.equal(verdict(access, refresh.sign(refreshClaims)), 'FAST_JWT_INVALID_TYPE')
      const disguised = refresh.sign({ ...refreshClaims, ...accessClaims } as never)
      t.equal(verdict(access, disguised), 'FAST_JWT_INVALID_TYPE', 'not even with the claims of one')
      t.equal(verdict(refresh, access.sign(accessClaims)), 'FAST_JWT_INVALID_TYPE')
    })

    t.test('an unsigned token is refused', async (t) => {
      const unsigned = () => Buffer.alloc(0)
      for (const none of ['none', 'None', 'NONE', '']) {
        t.not(verdict(access, forge({ header: { alg: none }, sign: unsigned })), 'accepted', none)
      }
      t.not(verdict(access, forge({ sign: unsigned })), 'accepted')
    })

    t.test('any other algorithm is refused, whatever key signs', async (t) => {
      for (const { alg, sign } of confusions) {
        t.equal(verdict(access, forge({ header: { alg }, sign })), 'FAST_JWT_INVALID_ALGORITHM', alg)
        t.not(verdict(access, forge({ sign })), 'accepted', `${alg}, not admitted`)
      }
    })

    t.test('a token signed with another key is refused', async (t) => {
      t.equal(verdict(access, forge({ sign: stranger })), 'FAST_JWT_INVALID_SIGNATURE')
    })

    t.test('a token with any one bit flipped is refused', async (t) => {
      const token = access.sign(accessClaims)
      const flips = [...token].flatMap((_, place) =>
        [1, 2, 4, 8, 16, 32, 64, 128].map((bit) => [place, bit] as const)
      )
      const accepted = flips.filter(
        ([place, bit]) => verdict(access, spoilt(token, place, bit)) === 'accepted'
      )
      t.strictSame(accepted, [])
    })

    t.test('a token with any byte changed is refused, whatever it says', async (t) => {
      const text = fc.string({ unit: 'grapheme', maxLength: 30 })
      const holds = fc.property(
        text,
        fc.double({ min: 0, max: 1, maxExcluded: true }),
        fc.integer({ min: 1, max: 255 }),
        (jti, where, mask) => {
          const token = access.sign({ ...accessClaims, jti })
          if (verdict(access, token) !== 'accepted') return false
          return verdict(access, spoilt(token, Math.floor(where * token.length), mask)) !== 'accepted'
        }
      )
      t.doesNotThrow(() => fc.assert(holds, { numRuns: 1_000 }))
    })

    t.test('a token has one spelling: even the spare bits of its last character count', async (t) => {
      const token = access.sign(accessClaims)
      const spellings = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_']
        .map((last) => token.slice(0, -1) + last)
        .filter((spelling) => verdict(access, spelling) === 'accepted')
      t.strictSame(spellings, [token])
    })

    t.test('the clock of this process does not decide whether a token has expired', async (t) => {
      t.equal(verdict(access, access.sign({ ...accessClaims, exp: now - 1 })), 'accepted')
    })

    t.test('a correctly signed token with malformed claims is refused', async (t) => {
      for (const claims of [
        ...['', 'user-1', 1, {}, null, `urn:uuid:${user}`, user.toUpperCase()].flatMap((id) => [
          { sub: id },
          { user_id: id },
          { sid: id },
          { department_id: id }
        ]),
        ...[-1, 1.5, 1e300, '1', {}].flatMap((time) => [{ iat: time }, { exp: time }, { auth_time: time }]),
        ...['admin', '', 1].map((role) => ({ role })),
        { token_type: 'refresh' },
        { jti: 7 }
      ]) {
        t.not(verdict(access, forge({ claims })), 'accepted', JSON.stringify(claims))
      }
      for (const generation of [-1, 0.5, 2 ** 31, '3', null]) {
        const claims = { ...refreshClaims, ...fromRefresh, generation }
        t.not(verdict(refresh, forge({ header: { typ: 'rt+jwt' }, claims })), 'accepted', String(generation))
      }
    })

    t.test('an access token that lacks any claim is refused', async (t) => {
      for (const claim of Object.keys({ ...accessClaims, ...from })) {
        const token = forge({ claims: { [claim]: undefined } })
        t.equal(verdict(access, token), 'FAST_JWT_MISSING_REQUIRED_CLAIM', claim)
      }
    })

    t.test('a refresh token that lacks any claim is refused', async (t) => {
      for (const claim of Object.keys({ ...refreshClaims, ...fromRefresh })) {
        const claims = {
          ...refreshClaims,
          ...fromRefresh,
          role: undefined,
          auth_time: undefined,
          [claim]: undefined
        }
        const token = forge({ header: { typ: 'rt+jwt' }, claims })
        t.equal(verdict(refresh, token), 'FAST_JWT_MISSING_REQUIRED_CLAIM', claim)
      }
    })

    t.test('an access token with the audience of refresh tokens is refused', async (t) => {
      const wrong = { aud: addressed.refreshAudience }
      t.equal(verdict(access, forge({ claims: wrong })), 'FAST_JWT_INVALID_CLAIM_VALUE')
    })

    t.test(
      'a refresh token is valid for its own audience and that of access tokens, and no other',
      async (t) => {
        const header = { typ: 'rt+jwt' }
        const forRefresh = (aud: unknown) => forge({ header, claims: { ...refreshClaims, ...from, aud } })
        for (const aud of [addressed.refreshAudience, addressed.audience]) {
          t.equal(verdict(refresh, forRefresh(aud)), 'accepted')
        }
        t.equal(verdict(refresh, forRefresh('somebody-else')), 'FAST_JWT_INVALID_CLAIM_VALUE')
      }
    )

    t.test('a token of another issuer or for another audience is refused', async (t) => {
      for (const claim of ['iss', 'aud']) {
        const token = forge({ claims: { [claim]: 'somebody-else' } })
        t.equal(verdict(access, token), 'FAST_JWT_INVALID_CLAIM_VALUE', claim)
      }
    })

    t.test('a token with an unknown key id is refused, and cannot bring its own key', async (t) => {
      const own = publicJwk(newKey('ES256', 'active', made))
      const elsewhere = { jku: 'http://127.0.0.1:1/jwks.json', x5u: 'http://127.0.0.1:1/cert', jwk: own }
      for (const kid of ['unknown', own.kid, '', null, 0, '__proto__', 'constructor', [], {}]) {
        const header = { ...elsewhere, kid }
        t.equal(verdict(access, forge({ header })), 'the token names none of the keys', String(kid))
      }
    })

    t.test('malformed text is refused', async (t) => {
      const token = forge({})
      for (const wrong of [
        '',
        '.',
        '..',
        'token',
        'e30.e30.',
        `${token}.`,
        `${token} `,
        token.slice(0, -1)
      ]) {
        t.not(verdict(access, wrong), 'accepted', wrong.slice(0, 10))
      }
    })
  })
}

/** Why a token is refused, from the cause of the API error; or `accepted`. */
function verdict({ verify }: { verify(token: string): unknown }, token: string): string {
  try {
    verify(token)
    return 'accepted'
  } catch (error) {
    if (!(error instanceof ApiError) || error.statusCode !== 401) throw error
    const { cause, code } = error
    return cause instanceof Error ? String('code' in cause ? cause.code : cause.message) : code
  }
}

t.test('all keys of the file verify tokens, even next and retired', async (t) => {
  const keys = (['retired', 'retired', 'next'] as const).map((state, place) =>
    newKey(place === 0 ? 'EdDSA' : 'ES256', state, made)
  )
  const keyFile = `${t.testdir({ keys: formatKeys([...keys, es256]) })}/keys`
  const { access } = await service({ keys: keyFile })
  for (const key of [...keys, es256]) {
    const input = [
      { alg: key.alg, typ: 'at+jwt', kid: key.kid },
      { ...accessClaims, ...from }
    ]
      .map(encode)
      .join('.')
    const token = `${input}.${pair(key)(input).toString('base64url')}`
    t.equal(verdict(access, token), 'accepted', `${key.alg} ${key.state}`)
  }
})

t.test('a service with a secret refuses tokens of key pairs, and vice versa', async (t) => {
  const [shared, pairs] = [await service({ secret }), await service({ keys: `${folder}/ES256` })]
  for (const [issuer, reader] of [
    [shared, pairs],
    [pairs, shared]
  ] as const) {
    t.equal(verdict(reader.access, issuer.access.sign(accessClaims)), 'the token names none of the keys')
  }
})

t.test('a key file has public keys, and a secret has none', async (t) => {
  t.strictSame((await service({ secret })).publicKeys(), [])
  const { publicKeys } = await service({ keys: `${folder}/ES256` })
  t.strictSame(publicKeys(), [publicJwk(next), publicJwk(es256)])
})

t.test('a secret can be replaced by another or by key pairs without refusing any token', async (t) => {
  const keys = `${folder}/ES256`
  const steps = {
    'one secret for another': [
      { secret: old },
      { secret: old, acceptedSecret: secret },
      { secret, acceptedSecret: old },
      { secret }
    ],
    'key pairs for a secret': [{ secret }, { secret, keys }, { keys, acceptedSecret: secret }, { keys }]
  }
  for (const [name, row] of Object.entries(steps)) {
    const services = await Promise.all(row.map(service))
    // A step is rolled out process by process, so two adjacent steps run side by side, in either direction.
    for (const [place, here] of services.entries())
      for (const there of services.slice(place, place + 2))
        for (const [signer, reader] of [
          [here, there],
          [there, here]
        ] as const) {
          t.equal(verdict(reader.access, signer.access.sign(accessClaims)), 'accepted', `${name} ${place}`)
          t.equal(verdict(reader.refresh, signer.refresh.sign(refreshClaims)), 'accepted')
        }
    const [first, second, , last] = services
    t.not(verdict(Object(last).access, Object(first).access.sign(accessClaims)), 'accepted', 'in the end')
    t.strictSame(
      [first, second].map((one) => decode(one?.access.sign(accessClaims).split('.')[0]).alg),
      ['HS256', 'HS256'],
      'keys not yet known everywhere sign nothing'
    )
  }
  t.strictSame((await service({ secret, keys })).publicKeys().length, 2, 'published before they sign')
})

t.test('public keys never work as a secret, even where one is accepted', async (t) => {
  const { access } = await service({ keys: `${folder}/ES256`, acceptedSecret: secret })
  for (const known of [pemPair(es256).public, pemPair(es256).public.trim(), es256.x, es256.kid])
    for (const kid of [undefined, es256.kid]) {
      const input = [
        { alg: 'HS256', typ: 'at+jwt', kid },
        { ...accessClaims, ...from }
      ]
      const text = input.map(encode).join('.')
      t.match(
        verdict(access, `${text}.${hmac(known)(text).toString('base64url')}`),
        kid ? 'FAST_JWT_INVALID_ALGORITHM' : 'FAST_JWT_INVALID_SIGNATURE'
      )
    }
})

t.test('startup fails without a signing secret or a key file', async (t) => {
  for (const options of [{}, { secret: '' }, { acceptedSecret: secret }]) {
    await t.rejects(service(options), /give a secret or a key file/)
  }
})
