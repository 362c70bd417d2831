import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Role } from '../db/schema.ts'
import type { SignedIn } from '../db/sessions.ts'
import { TokenExpired, TokenInvalid } from '../errors.ts'
import type { PublicJwk } from '../key-pair.ts'
import { watchKeyFile } from '../key-watch.ts'
import type { Addressed } from '../token-key.ts'
import { keyOf, secretRing, type TokenRing } from '../token-ring.ts'

/** Exactly one of `secret` and `keyFile`: a verifier that took both families could be led from one to the other. */
export interface JwtOptions extends Addressed {
  /** Signs with HS256; at least 32 characters (RFC 8725, 3.5). */
  secret?: string | undefined
  /** The file of the key pairs that sign with ES256 or EdDSA. */
  keyFile?: string | undefined
  /** How often to look whether the key file has changed. */
  checkMs?: number
}

interface Claims {
  /** The user's id; twice, because SimpleJWT reads `user_id`. */
  sub: string
  user_id: string
  /** The session. */
  sid: string
  jti: string
  /** Seconds since 1970, as `exp` and `auth_time`. */
  iat: number
  exp: number
}

export interface AccessClaims extends Claims {
  token_type: 'access'
  role: Role
  auth_time: number
  department_id?: string
}

export interface RefreshClaims extends Claims {
  token_type: 'refresh'
  /** How often the session had been refreshed when this token was issued. */
  generation: number
}

type Kind = 'access' | 'refresh'

/** Signs and reads one kind of token. */
export interface TokenKind<Claims> {
  sign(claims: Claims): string
  /** The claims of a token that is ours and alive. @throws TokenExpired, TokenInvalid */
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
      access: tokenKind<AccessClaims>(ring, 'access'),
      refresh: tokenKind<RefreshClaims>(ring, 'refresh'),
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
  kind: Kind
): TokenKind<Claims> {
  return {
    sign: (claims) => ring().active[kind].sign(claims),
    verify(token) {
      try {
        return keyOf(token, ring())[kind].verify<Claims>(token)
      } catch (error) {
        const expired = error instanceof Error && 'code' in error && error.code === 'FAST_JWT_EXPIRED'
        throw expired ? TokenExpired() : TokenInvalid(undefined, error)
      }
    }
  }
}
