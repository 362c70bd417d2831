import fastifyJwt from '@fastify/jwt'
import Fastify from 'fastify'
import type { StoredKey } from './jwk.ts'
import { pemPair } from './key-pair.ts'

/** Who issues a token, and whom it is for. */
export interface IssuerAndAudience {
  issuer: string
  /** The audience of access tokens. */
  audience: string
  /** The audience of refresh tokens: a library that checks it does not accept one as an access token. */
  refreshAudience: string
}

export type TokenKey = Awaited<ReturnType<typeof createTokenKey>>

const kinds = ['access', 'refresh'] as const
const types = { access: 'at+jwt', refresh: 'rt+jwt' } as const
const common = ['iss', 'aud', 'sub', 'user_id', 'sid', 'jti', 'iat', 'exp', 'token_type']
const requiredClaims = { access: [...common, 'role', 'auth_time'], refresh: [...common, 'generation'] }

/**
 * Makes a signer and verifier of `access` and of `refresh` tokens from one key; each refuses tokens of the other kind
 * (RFC 8725, 3.11 and 3.12). The algorithm is pinned and every claim required: fast-jwt insists on neither.
 * @param from a shared secret (HS256) or a key pair, whose `kid` goes into the header
 */
export async function createTokenKey(
  from: string | StoredKey,
  { issuer, audience, refreshAudience }: IssuerAndAudience
) {
  const { secret, alg, kid } = material(from)
  const audiences = { access: audience, refresh: refreshAudience }
  // Refresh tokens from before they had their own audience are accepted too: refusing them would sign out a whole country.
  // Their successors have it, so none is left REFRESH_TTL_SECONDS after the upgrade; `typ` still keeps access tokens out.
  const accepted = { access: [audience], refresh: [refreshAudience, audience] }
  // Each key has its own instance: @fastify/jwt takes its key when it is registered, and making a signer for each call
  // costs ten times as much.
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
