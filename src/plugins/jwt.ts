import fastifyJwt from '@fastify/jwt'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Role } from '../db/schema.ts'
import type { SignedIn } from '../db/sessions.ts'
import { TokenExpired, TokenInvalid } from '../errors.ts'

export interface JwtOptions {
  /** At least 32 characters (RFC 8725, 3.5). */
  secret: string
  issuer: string
  audience: string
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
    tokens: { access: TokenKind<AccessClaims>; refresh: TokenKind<RefreshClaims> }
  }
}

declare module '@fastify/jwt' {
  interface FastifyJWT {
    namespaces: Kind
    payload: AccessClaims | RefreshClaims
    user: SignedIn
  }
}

/**
 * `fastify.jwt.access` and `fastify.jwt.refresh`: signers and verifiers of the two kinds of token, which refuse each
 * other's (RFC 8725, 3.11 and 3.12). The algorithm is pinned and every claim required: fast-jwt asks for neither.
 */
export default fp<JwtOptions>(
  async function jwt(fastify, { secret, issuer, audience }) {
    const kinds = { access: 'at+jwt', refresh: 'rt+jwt' } as const
    const common = ['iss', 'aud', 'sub', 'user_id', 'sid', 'jti', 'iat', 'exp', 'token_type']
    const requiredClaims = { access: [...common, 'role', 'auth_time'], refresh: [...common, 'generation'] }
    for (const kind of ['access', 'refresh'] satisfies Kind[]) {
      await fastify.register(fastifyJwt, {
        namespace: kind,
        secret,
        sign: { algorithm: 'HS256', iss: issuer, aud: audience, header: { alg: 'HS256', typ: kinds[kind] } },
        verify: {
          algorithms: ['HS256'],
          allowedIss: issuer,
          allowedAud: audience,
          checkTyp: kinds[kind],
          requiredClaims: requiredClaims[kind]
        }
      })
    }
    fastify.decorate('tokens', {
      access: tokenKind<AccessClaims>(fastify, 'access'),
      refresh: tokenKind<RefreshClaims>(fastify, 'refresh')
    })
  },
  { name: 'jwt' }
)

function tokenKind<Claims extends AccessClaims | RefreshClaims>(
  { jwt }: Pick<FastifyInstance, 'jwt'>,
  kind: Kind
): TokenKind<Claims> {
  return {
    sign: (claims) => jwt[kind].sign(claims),
    verify(token) {
      try {
        return jwt[kind].verify<Claims>(token)
      } catch (error) {
        const expired = error instanceof Error && 'code' in error && error.code === 'FAST_JWT_EXPIRED'
        throw expired ? TokenExpired() : TokenInvalid(undefined, error)
      }
    }
  }
}
