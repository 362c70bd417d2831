import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { findSession, type SignedIn } from '../db/sessions.ts'
import { SessionEnded, TokenInvalid, TokenMissing } from '../errors.ts'
import type { AccessClaims } from './jwt.ts'

export type Authenticate = ReturnType<typeof createAuthenticate>

declare module 'fastify' {
  interface FastifyInstance {
    authenticate: Authenticate
  }
}

/** `fastify.authenticate`: an onRequest hook that sets `request.user` or ends the request with a 401. */
export default fp(
  async function auth(fastify) {
    fastify.decorate('authenticate', createAuthenticate(fastify))
  },
  { name: 'auth', dependencies: ['db', 'jwt'] }
)

function createAuthenticate({ db, tokens }: Pick<FastifyInstance, 'db' | 'tokens'>) {
  return async function authenticate(request: FastifyRequest): Promise<void> {
    const claims = tokens.access.verify(bearerToken(request))
    const signedIn = await findSession(db, claims.sid)
    if (!signedIn || !isLive(signedIn, claims)) throw SessionEnded()
    request.user = signedIn
  }
}

/** A signature outlives the facts: the session may have ended, the user been switched off or left the staff. */
function isLive({ session, user, department }: SignedIn, claims: AccessClaims): boolean {
  const running = !session.endedAt && session.expiresAt > new Date() && session.userId === claims.sub
  return running && user.isActive && (session.role === 'citizen' || department !== null)
}

/** RFC 6750, 2.1; the scheme's name is case-insensitive (RFC 9110, 11.1). */
function bearerToken({ headers }: FastifyRequest): string {
  const [scheme, token, ...rest] = headers.authorization?.trim().split(/\s+/) ?? []
  if (scheme?.toLowerCase() !== 'bearer') throw TokenMissing()
  if (!token || rest.length > 0) throw TokenInvalid()
  return token
}
