import { type Static, Type } from '@sinclair/typebox'

export const ALGORITHMS = ['ES256', 'EdDSA'] as const
export type KeyAlgorithm = (typeof ALGORITHMS)[number]
export type KeyState = 'next' | 'active' | 'retired'

export const oneOf = <T extends string>(...words: T[]) =>
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
export const shapes = {
  ES256: Type.Object({
    ...common,
    alg: Type.Literal('ES256'),
    kty: oneOf('EC'),
    crv: oneOf('P-256'),
    y: Text
  }),
  EdDSA: Type.Object({ ...common, alg: Type.Literal('EdDSA'), kty: oneOf('OKP'), crv: oneOf('Ed25519') })
}

/** A private key as the key file holds it: a JWK (RFC 7517), its state and its times. */
export type StoredKey = Static<(typeof shapes)[KeyAlgorithm]>
