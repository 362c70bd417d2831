import { generateKeyPairSync } from 'node:crypto'
import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { isGarbled } from '../text/utf8.ts'
import { ALGORITHMS, type KeyAlgorithm, type KeyState, oneOf, type StoredKey, shapes } from './jwk.ts'
import { isPair, thumbprint } from './key-pair.ts'

const Ring = Type.Object({ keys: Type.Array(Type.Object({ alg: oneOf(...ALGORITHMS) }), { minItems: 1 }) })

/** Thrown when keys cannot be used. The message names positions and kids, never key material. */
export class KeysInvalid extends Error {
  override name = 'KeysInvalid'
}

/** Parses the text of a key file, and checks that every key works and exactly one is active. @throws KeysInvalid */
export function parseKeys(text: string): StoredKey[] {
  const { keys: found } = check(Ring, parseJson(text))
  const keys = found.map((key, place) => check(shapes[key.alg], key, `/keys/${place}`))
  const problem = ringProblem(keys)
  if (problem) throw new KeysInvalid(problem)
  return keys
}

/** Writes keys as the text of a key file. */
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
    // The parser's own message would quote the text.
    throw new KeysInvalid('it is not JSON')
  }
}
