import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../config/settings.ts'
import type { SignedIn } from '../db/sessions.ts'
import { TokenInvalid } from '../errors.ts'
import { type AccessClaims, claimsForm, type RefreshClaims } from '../keys/claims.ts'
import type { PublicJwk } from '../keys/key-pair.ts'
import { keyOf, secretRing, type TokenRing } from '../keys/ring.ts'
import { watchKeyFile } from '../keys/watch.ts'

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

/**
 * `fastify.tokens`: signs with the active key, verifies with all keys that there are at this moment. Exactly one
 * of `secret` and `keys` is set: a verifier that took both families could be led from one to the other.
 */
export default fp<Config['jwt']>(
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
  { secret, keys: keyFile, keysCheckMs: checkMs, ...addressed }: Config['jwt']
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
