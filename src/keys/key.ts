import { generateKeyPairSync } from 'node:crypto'
import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { isGarbled } from '../text/utf8.ts'
import { isPair, thumbprint } from './key-pair.ts'

export const ALGORITHMS = ['ES256', 'EdDSA'] as const
export type KeyAlgorithm = (typeof ALGORITHMS)[number]
export type KeyState = 'next' | 'active' | 'retired'

const oneOf = <T extends string>(...words: T[]) =>
  Type.Unsafe<T>(Type.String({ pattern: `^(${words.join('|')})$` }))
const Text = Type.String({ minLength: 1 })
const Time = Type.String({ pattern: '^\\d{4}-[01]\\d-[0-3]\\dT[0-2]\\d:[0-5]\\d:[0-5]\\d(\\.\\d+)?Z$' })
const common = {
  kid: Text,
  use: Type.Optional(oneOf('sig')),
  state: oneOf<KeyState>('next', 'active', 'retired'),
  created_at: Type.Optional(Time),
  retired_at: Type.Optional(Time),
  x: Text,
  d: Text
}
const shapes = {
  ES256: Type.Object({
    ...common,
    alg: Type.Literal('ES256'),
    kty: oneOf('EC'),
    crv: oneOf('P-256'),
    y: Text
  }),
  EdDSA: Type.Object({ ...common, alg: Type.Literal('EdDSA'), kty: oneOf('OKP'), crv: oneOf('Ed25519') })
}
const Ring = Type.Object({ keys: Type.Array(Type.Object({ alg: oneOf(...ALGORITHMS) }), { minItems: 1 }) })

/** A private key as the key file holds it: a JWK (RFC 7517), its state and its times. */
export type StoredKey = Static<(typeof shapes)[KeyAlgorithm]>

/** Why keys cannot be used. Its message names places and kids, never key material. */
export class KeysInvalid extends Error {
  override name = 'KeysInvalid'
}

/** The keys in the text of a key file: every one works, and one is active. @throws KeysInvalid */
export function parseKeys(text: string): StoredKey[] {
  const { keys: found } = check(Ring, parseJson(text))
  const keys = found.map((key, place) => check(shapes[key.alg], key, `/keys/${place}`))
  const problem = ringProblem(keys)
  if (problem) throw new KeysInvalid(problem)
  return keys
}

/** The keys as a key file holds them. */
export function formatKeys(keys: StoredKey[]): string {
  return `${JSON.stringify({ keys }, null, 2)}\n`
}

export function newKey(alg: KeyAlgorithm, state: KeyState, now: Date): StoredKey {
  const { privateKey } =
    alg === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519')
  const jwk = privateKey.export({ format: 'jwk' })
  const created_at = now.toISOString()
  return check(shapes[alg], { ...jwk, kid: thumbprint(jwk), alg, use: 'sig', state, created_at })
}

function ringProblem(keys: StoredKey[]): string | undefined {
  const kids = keys.map(({ kid }) => kid)
  const twice = kids.find((kid, place) => kids.indexOf(kid) !== place)
  if (twice !== undefined) return `two keys have the kid ${twice}`
  const broken = keys.find((key) => !isPair(key))
  if (broken) return `the key ${broken.kid} is damaged, or its halves do not belong together`
  const count = (state: KeyState) => keys.filter((key) => key.state === state).length
  if (count('active') !== 1) return `one key must be active, not ${count('active')}`
  if (count('next') > 1) return `at most one key can be next, not ${count('next')}`
  return undefined
}

function check<T extends TSchema>(schema: T, value: unknown, place = ''): Static<T> {
  const problem = Value.Errors(schema, value).First()
  if (problem) throw new KeysInvalid(`${place}${problem.path || '/'}: ${problem.message}`)
  return value
}

function parseJson(text: string): unknown {
  if (text.trim() === '') throw new KeysInvalid('it is empty')
  if (isGarbled(text)) throw new KeysInvalid('it is not in UTF-8')
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own sentence quotes the text.
    throw new KeysInvalid('it is not JSON')
  }
}
