import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../config/settings.ts'
import type { SignedIn } from '../db/sessions.ts'
import { TokenInvalid } from '../errors.ts'
import { type AccessClaims, claimsForm, type RefreshClaims } from '../keys/claims.ts'
import type { PublicJwk } from '../keys/key-pair.ts'
import { keysOf, secretRing, type TokenRing } from '../keys/ring.ts'
import type { TokenKey } from '../keys/token-key.ts'
import { watchKeyFile } from '../keys/watch.ts'

type Kind = 'access' | 'refresh'

/** Signs and verifies one kind of token. */
export interface TokenKind<Claims> {
  sign(claims: Claims): string
  /** Returns the claims of a token of ours; expiry is not checked here, but with `dbClock`. @throws TokenInvalid */
  verify(token: string): Claims
}

declare module 'fastify' {
  interface FastifyInstance {
    tokens: {
      access: TokenKind<AccessClaims>
      refresh: TokenKind<RefreshClaims>
      /** The public halves of all key pairs; a shared secret has none. */
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
 * `fastify.tokens`: signs with the secret or, without one, the active key of the key file. Verifies with every current key,
 * `acceptedSecret` included, so that nobody is signed out while the secret is changed or replaced by a key file.
 */
export default fp<Config['jwt']>(
  async function jwt(fastify, options) {
    const [signing, ...accepted] = await openRings(fastify, options)
    const rings: Rings = () => [signing(), ...accepted.map((ring) => ring())]
    fastify.decorate('tokens', {
      access: tokenKind<AccessClaims>(rings, 'access', claimsForm.access),
      refresh: tokenKind<RefreshClaims>(rings, 'refresh', claimsForm.refresh),
      publicKeys: () => rings().flatMap(({ publicKeys }) => publicKeys)
    })
    fastify.decorateRequest('user')
  },
  { name: 'jwt' }
)

type Ring = () => TokenRing
/** The ring that signs, then those whose tokens are accepted as well. */
type Rings = () => [TokenRing, ...TokenRing[]]

/** Opens the rings in the order in which they are tried; the first one signs. */
async function openRings(
  fastify: FastifyInstance,
  { secret, keys: keyFile, acceptedSecret, keysCheckMs: checkMs, ...addressed }: Config['jwt']
): Promise<[Ring, ...Ring[]]> {
  const ofSecret = async (text: string | undefined): Promise<Ring[]> => {
    if (!text) return []
    const ring = await secretRing(text, addressed)
    return [() => ring]
  }
  const ofKeys: Ring[] = []
  if (keyFile) {
    const { current, close } = await watchKeyFile(keyFile, { ...addressed, checkMs, log: fastify.log })
    fastify.addHook('onClose', close)
    ofKeys.push(current)
  }
  const [signing, ...accepted] = [...(await ofSecret(secret)), ...ofKeys]
  if (!signing) throw new TypeError('jwt: give a secret or a key file')
  if (secret && keyFile) fastify.log.warn('JWT_SECRET signs the tokens; those of JWT_KEYS are accepted')
  return [signing, ...accepted, ...(await ofSecret(acceptedSecret))]
}

function tokenKind<Claims extends AccessClaims | RefreshClaims>(
  rings: Rings,
  kind: Kind,
  form: { Decode(claims: unknown): Claims }
): TokenKind<Claims> {
  return {
    sign: (claims) => rings()[0].active[kind].sign(claims),
    verify(token) {
      try {
        return form.Decode(verifiedBy(keysOf(token, rings()), kind, token))
      } catch (error) {
        throw TokenInvalid(undefined, error)
      }
    }
  }
}

/** The claims of a token, read by the first key that verifies it. @throws the first key's error when none does */
function verifiedBy(keys: TokenKey[], kind: Kind, token: string): unknown {
  let refusal: unknown
  for (const key of keys) {
    try {
      return key[kind].verify(token)
    } catch (error) {
      refusal ??= error
    }
  }
  throw refusal
}
