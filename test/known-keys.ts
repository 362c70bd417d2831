import type { StoredKey } from '../src/keys/jwk.ts'

/** The key pairs printed in RFC 7515 (A.3.1) and RFC 8037 (A.1), with which anybody can sign. */
export const ES256 = {
  kty: 'EC',
  crv: 'P-256',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
  d: 'jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI',
  kid: 'rfc7515',
  alg: 'ES256',
  state: 'active'
} as const satisfies StoredKey

export const ED_DSA = {
  kty: 'OKP',
  crv: 'Ed25519',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
  kid: 'rfc8037',
  alg: 'EdDSA',
  state: 'next'
} as const satisfies StoredKey
