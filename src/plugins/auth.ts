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
    /** Sets `request.claims`; the call asks for the session. @throws TokenMissing, TokenInvalid, TokenExpired, RateLimited */
    identify: Guard
    /** Asks for a sign-in of the last minutes, however often it was refreshed since. @throws ReauthRequired */
    requireRecentSignIn: Guard
    /** Who only holds the SIM of a staff member does not own the staff account. @throws StaffAccount */
    refuseStaffBySms: Guard
  }
  interface FastifyRequest {
    /** What the token says. */
    claims: AccessClaims
  }
}

/** `fastify.authenticate` or `fastify.identify`, then `fastify.requireRecentSignIn` and `fastify.refuseStaffBySms`: onRequest hooks. */
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
    // Awaited: a use that was not noted would leave the spent token good for a thief.
    if (isFirstUse(claims, signedIn.session)) await notePairUse(db, signedIn.session)
    return signedIn
  }
}

/** Whether this is the access token of the session's pair, which was not used before. The pair of a sign-in has no parent. */
function isFirstUse({ jti }: AccessClaims, { unusedDigest }: SignedIn['session']): boolean {
  return unusedDigest !== null && jti === accessIdOf(unusedDigest)
}

/**
 * The token of the header: RFC 6750, 2.1; the scheme's name is case-insensitive (RFC 9110, 11.1).
 * @throws TokenMissing, TokenInvalid
 */
export function bearerToken({ headers }: FastifyRequest): string {
  const [scheme, token, ...rest] = headers.authorization?.trim().split(/\s+/) ?? []
  if (scheme?.toLowerCase() !== 'bearer') throw TokenMissing()
  if (!token || rest.length > 0) throw TokenInvalid()
  return token
}
