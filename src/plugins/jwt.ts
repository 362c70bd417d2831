import fastifyJwt from '@fastify/jwt'
import fp from 'fastify-plugin'
import type { Role } from '../db/schema.ts'
import type { SignedIn } from '../db/sessions.ts'

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
}

declare module '@fastify/jwt' {
  interface FastifyJWT {
    namespaces: 'access' | 'refresh'
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
    const requiredClaims = { access: [...common, 'role', 'auth_time'], refresh: common }
    for (const kind of ['access', 'refresh'] as const) {
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
  },
  { name: 'jwt' }
)
