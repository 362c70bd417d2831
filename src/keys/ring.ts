import type { StoredKey } from './jwk.ts'
import { type PublicJwk, publicJwk } from './key-pair.ts'
import { createTokenKey, type IssuerAndAudience, type TokenKey } from './token-key.ts'

/** The keys of one secret or one key file, ready to work; never changed, only replaced whole. */
export interface TokenRing {
  /** The key that signs. */
  active: TokenKey
  /** All keys, which verify. */
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
 * The keys of the rings that a token may be signed with: the one that its `kid` names, or without one the secrets, which
 * have none. The token chooses among keys, never how a key is used: each has one algorithm, so that no public key can be
 * taken for a secret (RFC 8725, 3.1).
 * @throws Error when it names none of them, or is no token
 */
export function keysOf(token: string, rings: readonly TokenRing[]): TokenKey[] {
  const decoded = rings[0]?.active.access.decode<{ header: { kid?: unknown } }>(token)
  const named = rings.flatMap(({ keys }) => keys).filter(({ kid }) => kid === decoded?.header.kid)
  if (named.length === 0) throw new Error('the token names none of the keys')
  // The last character has bits to spare: a token must not have a second spelling that is accepted as well.
  const signature = token.slice(token.lastIndexOf('.') + 1)
  if (!isCanonical(signature)) throw new Error('the signature is spelt wrongly')
  return named
}

function isCanonical(base64url: string): boolean {
  return Buffer.from(base64url, 'base64url').toString('base64url') === base64url
}
