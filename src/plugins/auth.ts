import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../config/settings.ts'
import { isStaffBySms } from '../db/account.ts'
import { findSession, notePairUse, type SignedIn } from '../db/sessions.ts'
import {
  ReauthRequired,
  SessionEnded,
  StaffAccount,
  TokenExpired,
  TokenInvalid,
  TokenMissing
} from '../errors.ts'
import type { AccessClaims } from '../keys/claims.ts'
import { accessIdOf } from '../keys/token-ids.ts'

type Guard = (request: FastifyRequest) => Promise<void>

declare module 'fastify' {
  interface FastifyInstance {
    /** Sets `request.user`. @throws TokenMissing, TokenInvalid, TokenExpired, SessionEnded, RateLimited */
    authenticate: Guard
    /** Sets `request.claims`; the route checks the session. @throws TokenMissing, TokenInvalid, TokenExpired, RateLimited */
    identify: Guard
    /** Requires a sign-in in the last REAUTH_SECONDS; refreshing the session does not renew it. @throws ReauthRequired */
    requireRecentSignIn: Guard
    /** Refuses staff who signed in by SMS: holding the SIM does not prove ownership of a staff account. @throws StaffAccount */
    refuseStaffBySms: Guard
  }
  interface FastifyRequest {
    /** The claims of the access token. */
    claims: AccessClaims
  }
}

/** onRequest hooks: `fastify.authenticate` or `.identify`, then `fastify.requireRecentSignIn` and `fastify.refuseStaffBySms`. */
export default fp<Config['auth']>(
  async function auth(fastify, { reauthSeconds }) {
    fastify.decorateRequest('claims')
    const identify = createIdentify(fastify)
    fastify.decorate('identify', (request) => request.inTime(identify(request)))
    fastify.decorate('authenticate', createAuthenticate(fastify, identify))
    fastify.decorate('requireRecentSignIn', async ({ user }) => {
      if (user.ageSeconds > reauthSeconds) throw ReauthRequired()
    })
    fastify.decorate('refuseStaffBySms', async ({ user }) => {
      if (isStaffBySms(user)) throw StaffAccount()
    })
  },
  { name: 'auth', dependencies: ['db-clock', 'fair-share', 'jwt', 'time-limit'] }
)

function createIdentify({ dbClock, takeShare, tokens }: FastifyInstance): Guard {
  return async function identify(request) {
    request.claims = tokens.access.verify(bearerToken(request))
    await takeShare(request, request.claims)
    if (await dbClock.isPast(request.claims.exp)) throw TokenExpired()
  }
}

function createAuthenticate({ db }: FastifyInstance, identify: Guard): Guard {
  return async function authenticate(request) {
    request.user = await request.inTime(signedInOf(request))
  }

  async function signedInOf(request: FastifyRequest): Promise<SignedIn> {
    await identify(request)
    const { claims } = request
    const signedIn = await findSession(db, { id: claims.sid, userId: claims.sub })
    if (!signedIn) throw SessionEnded()
    // Awaited: until this use is recorded, the spent refresh token would still work for a thief.
    if (isFirstUse(claims, signedIn.session)) await notePairUse(db, signedIn.session)
    return signedIn
  }
}

/** Whether this is the first use of the session's token pair. The pair of a sign-in never counts: it replaced no other. */
function isFirstUse({ jti }: AccessClaims, { unusedDigest }: SignedIn['session']): boolean {
  return unusedDigest !== null && jti === accessIdOf(unusedDigest)
}

/**
 * Reads the token of the Authorization header (RFC 6750, 2.1); the scheme name is case-insensitive (RFC 9110, 11.1).
 * @throws TokenMissing, TokenInvalid
 */
export function bearerToken({ headers }: FastifyRequest): string {
  const [scheme, token, ...rest] = headers.authorization?.trim().split(/\s+/) ?? []
  if (scheme?.toLowerCase() !== 'bearer') throw TokenMissing()
  if (!token || rest.length > 0) throw TokenInvalid()
  return token
}
