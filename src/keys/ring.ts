import type { StoredKey } from './jwk.ts'
import { type PublicJwk, publicJwk } from './key-pair.ts'
import { createTokenKey, type IssuerAndAudience, type TokenKey } from './token-key.ts'

/** The keys of one family, ready to work; never changed, only replaced whole. */
export interface TokenRing {
  /** The key that signs. */
  active: TokenKey
  /** All keys, which verify, by the `kid` of a token's header; a shared secret has none. */
  byKid: ReadonlyMap<unknown, TokenKey>
  publicKeys: PublicJwk[]
}

/** A ring of one shared secret (HS256). */
export async function secretRing(secret: string, addressed: IssuerAndAudience): Promise<TokenRing> {
  const active = await createTokenKey(secret, addressed)
  return { active, byKid: new Map([[active.kid, active]]), publicKeys: [] }
}

/** A ring of key pairs, one of them active. */
export async function keyRing(keys: StoredKey[], addressed: IssuerAndAudience): Promise<TokenRing> {
  const ready = await Promise.all(keys.map((key) => createTokenKey(key, addressed)))
  const active = ready.find((_, place) => keys[place]?.state === 'active')
  if (!active) throw new TypeError('a ring of keys needs an active one')
  return { active, byKid: new Map(ready.map((key) => [key.kid, key])), publicKeys: keys.map(publicJwk) }
}

/** The key of the ring that a token names. @throws Error when it names none of them, or is no token */
export function keyOf(token: string, { active, byKid }: TokenRing): TokenKey {
  const decoded = active.access.decode<{ header: { kid?: unknown } }>(token)
  const key = byKid.get(decoded?.header.kid)
  if (!key) throw new Error('the token names none of the keys')
  // The last character has bits to spare: a token must not have a second spelling that is accepted as well.
  const signature = token.slice(token.lastIndexOf('.') + 1)
  if (!isCanonical(signature)) throw new Error('the signature is spelt wrongly')
  return key
}

function isCanonical(base64url: string): boolean {
  return Buffer.from(base64url, 'base64url').toString('base64url') === base64url
}
