import type { StoredKey } from './jwk.ts'
import { type PublicJwk, publicJwk } from './key-pair.ts'
import { createTokenKey, type IssuerAndAudience, type TokenKey } from './token-key.ts'

/** The keys of one secret or one key file, ready to use; never changed, only replaced as a whole. */
export interface TokenRing {
  /** The key that signs. */
  active: TokenKey
  /** All keys, the active one included; each can verify. */
  keys: readonly TokenKey[]
  publicKeys: PublicJwk[]
}

/** A ring of one shared secret (HS256). */
export async function secretRing(secret: string, addressed: IssuerAndAudience): Promise<TokenRing> {
  const active = await createTokenKey(secret, addressed)
  return { active, keys: [active], publicKeys: [] }
}

/** A ring of key pairs, one of them active. */
export async function keyRing(keys: StoredKey[], addressed: IssuerAndAudience): Promise<TokenRing> {
  const ready = await Promise.all(keys.map((key) => createTokenKey(key, addressed)))
  const active = ready.find((_, place) => keys[place]?.state === 'active')
  if (!active) throw new TypeError('a ring of keys needs an active one')
  return { active, keys: ready, publicKeys: keys.map(publicJwk) }
}

/**
 * The keys that may have signed a token: the one that its `kid` names or, without a `kid`, the secrets, which have none. The
 * token selects a key, never how it is used: each key has one algorithm, so that no public key can be taken for a secret
 * (RFC 8725, 3.1).
 * @throws Error when the token names none of the keys, is not a token, or has a signature that is not canonical base64url
 */
export function keysOf(token: string, rings: readonly TokenRing[]): TokenKey[] {
  const decoded = rings[0]?.active.access.decode<{ header: { kid?: unknown } }>(token)
  const named = rings.flatMap(({ keys }) => keys).filter(({ kid }) => kid === decoded?.header.kid)
  if (named.length === 0) throw new Error('the token names none of the keys')
  // The last character has unused bits: a second spelling of the same token must not be accepted.
  const signature = token.slice(token.lastIndexOf('.') + 1)
  if (!isCanonical(signature)) throw new Error('the signature is spelt wrongly')
  return named
}

function isCanonical(base64url: string): boolean {
  return Buffer.from(base64url, 'base64url').toString('base64url') === base64url
}
