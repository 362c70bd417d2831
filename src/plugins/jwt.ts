import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { SignedIn } from '../db/sessions.ts'
import { TokenInvalid } from '../errors.ts'
import { type AccessClaims, claimsForm, type RefreshClaims } from '../keys/claims.ts'
import type { PublicJwk } from '../keys/key-pair.ts'
import { keyOf, secretRing, type TokenRing } from '../keys/ring.ts'
import type { Addressed } from '../keys/token-key.ts'
import { watchKeyFile } from '../keys/watch.ts'

/** Exactly one of `secret` and `keyFile`: a verifier that took both families could be led from one to the other. */
export interface JwtOptions extends Addressed {
  /** Signs with HS256; at least 32 characters (RFC 8725, 3.5). */
  secret?: string | undefined
  /** The file of the key pairs that sign with ES256 or EdDSA. */
  keyFile?: string | undefined
  /** How often to look whether the key file has changed. */
  checkMs?: number
}

type Kind = 'access' | 'refresh'

/** Signs and reads one kind of token. */
export interface TokenKind<Claims> {
  sign(claims: Claims): string
  /** The claims of a token that is ours; whether it has expired is asked of `dbClock`. @throws TokenInvalid */
  verify(token: string): Claims
}

declare module 'fastify' {
  interface FastifyInstance {
    tokens: {
      access: TokenKind<AccessClaims>
      refresh: TokenKind<RefreshClaims>
      /** The public halves of all keys; none with a shared secret. */
      publicKeys(): PublicJwk[]
    }
  }
}

declare module '@fastify/jwt' {
  interface FastifyJWT {
    namespaces: Kind
    payload: AccessClaims | RefreshClaims
    user: SignedIn
  }
}

/** `fastify.tokens`: signs with the active key, verifies with all keys that there are at this moment. */
export default fp<JwtOptions>(
  async function jwt(fastify, options) {
    const ring = await openRing(fastify, options)
    fastify.decorate('tokens', {
      access: tokenKind<AccessClaims>(ring, 'access', claimsForm.access),
      refresh: tokenKind<RefreshClaims>(ring, 'refresh', claimsForm.refresh),
      publicKeys: () => ring().publicKeys
    })
    fastify.decorateRequest('user')
  },
  { name: 'jwt' }
)

async function openRing(
  fastify: FastifyInstance,
  { secret, keyFile, checkMs = 1_000, ...addressed }: JwtOptions
): Promise<() => TokenRing> {
  if (keyFile && !secret) {
    const { current, close } = await watchKeyFile(keyFile, { ...addressed, checkMs, log: fastify.log })
    fastify.addHook('onClose', close)
    return current
  }
  if (!secret || keyFile) throw new TypeError('jwt: give either a secret or a key file')
  const ring = await secretRing(secret, addressed)
  return () => ring
}

function tokenKind<Claims extends AccessClaims | RefreshClaims>(
  ring: () => TokenRing,
  kind: Kind,
  form: { Decode(claims: unknown): Claims }
): TokenKind<Claims> {
  return {
    sign: (claims) => ring().active[kind].sign(claims),
    verify(token) {
      try {
        return form.Decode(keyOf(token, ring())[kind].verify(token))
      } catch (error) {
        throw TokenInvalid(undefined, error)
      }
    }
  }
}
