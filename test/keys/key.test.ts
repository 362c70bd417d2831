import t from 'tap'
import { formatKeys, KeysInvalid, newKey, parseKeys } from '../../src/keys/key.ts'
import { publicJwk, thumbprint } from '../../src/keys/key-pair.ts'
import { ED_DSA, ES256 } from '../known-keys.ts'

/** Why keys are refused; empty if they are accepted. */
function complaint(keys: unknown): string {
  try {
    parseKeys(typeof keys === 'string' ? keys : JSON.stringify({ keys }))
    return ''
  } catch (error) {
    if (error instanceof KeysInvalid) return error.message
    throw error
  }
}

t.test('keys of both algorithms are accepted, and their additional fields are kept', async (t) => {
  const keys = [
    { ...ES256, use: 'sig', created_at: '2026-11-22T20:00:00Z', note: 'from the safe' },
    { ...ED_DSA, created_at: '2026-11-22T20:00:00.123Z' },
    { ...newKey('ES256', 'retired', new Date()), retired_at: '2026-11-22T20:00:00.000Z' }
  ]
  t.strictSame(parseKeys(JSON.stringify({ keys, comment: 'ours' })), keys)
  t.strictSame(parseKeys(formatKeys(parseKeys(JSON.stringify({ keys })))), keys)
})

t.test('a new key is accepted', async (t) => {
  const now = new Date()
  for (const alg of ['ES256', 'EdDSA'] as const) {
    const key = newKey(alg, 'active', now)
    t.match(key, { alg, state: 'active', use: 'sig', created_at: now.toISOString() })
    t.strictSame(parseKeys(formatKeys([key])), [key])
  }
})

t.test('the kid of a key is its thumbprint, as RFC 8037 (A.3) computes it', async (t) => {
  t.equal(thumbprint(ED_DSA), 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k')
  const key = newKey('ES256', 'next', new Date())
  t.equal(key.kid, thumbprint(publicJwk(key)))
  t.not(newKey('ES256', 'next', new Date()).kid, key.kid)
})

t.test('the public half of a key has no private part', async (t) => {
  const { kty, crv, x, y } = ES256
  t.strictSame(publicJwk(ES256), { kty, crv, x, y, kid: 'rfc7515', alg: 'ES256', use: 'sig' })
  t.strictSame(publicJwk(ED_DSA), {
    ...{ kty: 'OKP', crv: 'Ed25519', x: ED_DSA.x },
    ...{ kid: 'rfc8037', alg: 'EdDSA', use: 'sig' }
  })
})

const other = newKey('ES256', 'next', new Date())
for (const [what, keys, says] of [
  ['nothing', '', 'it is empty'],
  ['blanks', ' \n', 'it is empty'],
  ['half a file', formatKeys([ES256]).slice(0, -20), 'it is not JSON'],
  ['another encoding', formatKeys([{ ...ES256, kid: '\ufffd' }]), 'it is not in UTF-8'],
  ['a list', '[]', 'Expected object'],
  ['no list of keys', '{}', '/keys: Expected required property'],
  ['no key', [], '/keys: Expected array length to be greater or equal to 1'],
  [
    'a shared secret',
    [{ kty: 'oct', k: 'c2VjcmV0', kid: '1', alg: 'HS256', state: 'active' }],
    '/keys/0/alg: '
  ],
  ['RSA', [{ ...ES256, alg: 'RS256' }], '/keys/0/alg: '],
  ['a key without algorithm', [ES256, { ...ED_DSA, alg: undefined }], '/keys/1/alg: '],
  ['a key without name', [{ ...ES256, kid: undefined }], '/keys/0/kid: '],
  ['a key with an empty name', [ES256, { ...ED_DSA, kid: '' }], '/keys/1/kid: '],
  ['a key without state', [{ ...ES256, state: undefined }], '/keys/0/state: '],
  ['an unknown state', [{ ...ES256, state: 'Active' }], '/keys/0/state: '],
  ['a public key', [{ ...ES256, d: undefined }], '/keys/0/d: '],
  ['another curve', [{ ...ES256, crv: 'P-384' }], '/keys/0/crv: '],
  ['a key of the other algorithm', [{ ...ED_DSA, alg: 'ES256', state: 'active' }], '/keys/0'],
  ['a key to encrypt', [{ ...ES256, use: 'enc' }], '/keys/0/use: '],
  ['a time that is none', [ES256, { ...ED_DSA, created_at: 'yesterday' }], '/keys/1/created_at: '],
  ['a damaged private half', [{ ...ES256, d: 'jpsQnnGQmL' }], 'the key rfc7515 is damaged'],
  ['the private half of another key', [{ ...ES256, d: other.d }], 'the key rfc7515 is damaged'],
  ['the public half of another key', [ES256, { ...ED_DSA, x: ES256.x }], 'the key rfc8037 is damaged'],
  ['a public half on no curve', [{ ...ES256, y: ES256.x }], 'the key rfc7515 is damaged'],
  ['the same name twice', [ES256, { ...ED_DSA, kid: ES256.kid }], 'two keys have the kid rfc7515'],
  ['no active key', [ED_DSA], 'one key must be active, not 0'],
  ['two active keys', [ES256, { ...ED_DSA, state: 'active' }], 'one key must be active, not 2'],
  ['two next keys', [ES256, ED_DSA, other], 'at most one key can be next, not 2']
] as const) {
  t.test(`${what}: refused with a reason that shows no key`, async (t) => {
    t.match(complaint(keys), says)
    t.notMatch(complaint(keys), /jpsQnnGQmL|nWGxne|c2VjcmV0|"d"/)
    t.notMatch(complaint(keys), other.d)
  })
}
