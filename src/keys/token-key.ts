import fastifyJwt from '@fastify/jwt'
import Fastify from 'fastify'
import type { StoredKey } from './jwk.ts'
import { pemPair } from './key-pair.ts'

/** Whom a token is from and for. */
export interface IssuerAndAudience {
  issuer: string
  /** Of access tokens. */
  audience: string
  /** Of refresh tokens: a library that checks the audience takes none of them for an access token. */
  refreshAudience: string
}

export type TokenKey = Awaited<ReturnType<typeof createTokenKey>>

const kinds = ['access', 'refresh'] as const
const types = { access: 'at+jwt', refresh: 'rt+jwt' } as const
const common = ['iss', 'aud', 'sub', 'user_id', 'sid', 'jti', 'iat', 'exp', 'token_type']
const requiredClaims = { access: [...common, 'role', 'auth_time'], refresh: [...common, 'generation'] }

/**
 * What one key signs and verifies: `access` and `refresh` tokens, which refuse each other's (RFC 8725, 3.11 and 3.12).
 * The algorithm is pinned and every claim required: fast-jwt asks for neither.
 * @param from a shared secret (HS256) or a key pair, which its `kid` names in the header
 */
export async function createTokenKey(
  from: string | StoredKey,
  { issuer, audience, refreshAudience }: IssuerAndAudience
) {
  const { secret, alg, kid } = material(from)
  const audiences = { access: audience, refresh: refreshAudience }
  // A refresh token from before it had an audience of its own: refusing it would sign a country out. Its successor has
  // one, so that none is left REFRESH_TTL_SECONDS after the upgrade; the type keeps access tokens out all the same.
  const accepted = { access: [audience], refresh: [refreshAudience, audience] }
  // An instance of its own: @fastify/jwt takes its key when it is registered, and a signer made for each call costs ten
  // times as much.
  const instance = Fastify()
  for (const kind of kinds) {
    await instance.register(fastifyJwt, {
      namespace: kind,
      secret,
      decode: { complete: true },
      sign: {
        algorithm: alg,
        iss: issuer,
        aud: audiences[kind],
        header: { alg, typ: types[kind], ...(kid && { kid }) }
      },
      verify: {
        algorithms: [alg],
        allowedIss: issuer,
        allowedAud: accepted[kind],
        // The clock of this process may be wrong: plugins/db-clock.ts judges `exp`.
        ignoreExpiration: true,
        checkTyp: types[kind],
        requiredClaims: requiredClaims[kind]
      }
    })
  }
  await instance.ready()
  const { access, refresh } = instance.jwt
  return { kid, access, refresh }
}

function material(from: string | StoredKey) {
  if (typeof from === 'string') return { secret: from, alg: 'HS256' as const, kid: undefined }
  return { secret: pemPair(from), alg: from.alg, kid: from.kid }
}
