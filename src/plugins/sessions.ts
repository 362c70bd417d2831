import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../config/settings.ts'
import { rotateSession } from '../db/rotate-session.ts'
import type { Session, User } from '../db/schema.ts'
import { endSession, findSession } from '../db/sessions.ts'
import { type OpenedSession, signInCitizen, signInStaff } from '../db/sign-in.ts'
import { AccountDisabled, CredentialsInvalid, SessionEnded, TokenExpired } from '../errors.ts'
import { deviceOf } from '../http/client.ts'
import type { AccessClaims, RefreshClaims } from '../keys/claims.ts'
import { accessIdOf, digestOf, successorOf } from '../keys/token-ids.ts'

export type Sessions = ReturnType<typeof createSessions>

declare module 'fastify' {
  interface FastifyInstance {
    sessions: Sessions
  }
}

/** `fastify.sessions`: one row per sign-in, and the tokens that refer to it. */
export default fp<Config['sessions']>(
  async function sessions(fastify, options) {
    fastify.decorate('sessions', createSessions(fastify, options))
  },
  { name: 'sessions', dependencies: ['db-clock', 'fair-share', 'jwt', 'time-limit'] }
)

function createSessions({ db, dbClock, takeShare, tokens }: FastifyInstance, options: Config['sessions']) {
  const {
    refreshTtlSeconds,
    sessionTtlSeconds,
    staffAccessTtlSeconds,
    phoneDormantDays,
    refreshGraceSeconds
  } = options
  return { startCitizen, startStaff, rotate, end }

  /**
   * Signs in the citizen with this number (E.164); the first sign-in creates the user.
   * @throws AccountDisabled
   */
  async function startCitizen(request: FastifyRequest, phone: string) {
    const refreshId = randomUUID()
    const session = await signInCitizen(db, phone, {
      ...deviceOf(request),
      notAfter: await dbClock.at(request.endsAt),
      refreshDigest: digestOf(refreshId),
      idleSeconds: refreshTtlSeconds,
      absoluteSeconds: sessionTtlSeconds,
      dormantDays: phoneDormantDays
    })
    if (!session) throw AccountDisabled()
    logSignIn(request, session)
    const { isNew, fullName, wasDormant } = session
    return { ...tokenPair(session, refreshId), isNew, fullName, wasDormant }
  }

  /**
   * Signs in a staff member for a working day; there is no refresh token.
   * @throws CredentialsInvalid when the password, the account or the profile was changed since the password was verified
   */
  async function startStaff(
    request: FastifyRequest,
    { id: userId, passwordHash }: Pick<User, 'id' | 'passwordHash'>
  ): Promise<{ access: string; department_id: string }> {
    const session = await signInStaff(
      db,
      { userId, passwordHash },
      {
        ...deviceOf(request),
        notAfter: await dbClock.at(request.endsAt),
        idleSeconds: staffAccessTtlSeconds,
        absoluteSeconds: staffAccessTtlSeconds
      }
    )
    if (!session) throw CredentialsInvalid()
    // The department is read after the session exists: a move that comes later ends that session.
    const signedIn = await findSession(db, { id: session.id, userId })
    if (!signedIn?.department) throw CredentialsInvalid()
    logSignIn(request, session)
    const department_id = signedIn.department.id
    const claims = { ...accessClaims(session, 'staff'), jti: randomUUID(), department_id }
    return { access: tokens.access.sign({ ...claims, exp: seconds(session.expiresAt) }), department_id }
  }

  /**
   * Returns the pair that follows a refresh token; the same again until REFRESH_GRACE_SECONDS after that pair was first used.
   * @throws TokenInvalid, TokenExpired, SessionEnded, RateLimited
   */
  async function rotate(request: FastifyRequest, token: string) {
    const claims = tokens.refresh.verify(token)
    await takeShare(request, claims)
    const { sid, sub, jti, generation, exp } = claims
    if (await dbClock.isPast(exp)) throw TokenExpired()
    const successorId = successorOf(jti)
    const session = await rotateSession(db, {
      id: sid,
      userId: sub,
      generation,
      digest: digestOf(jti),
      successorDigest: digestOf(successorId),
      graceSeconds: refreshGraceSeconds,
      idleSeconds: refreshTtlSeconds,
      notAfter: await dbClock.at(request.endsAt)
    })
    if (session?.endedAt) {
      const event = { event: 'authn_token_reuse', user: sub, session: sid }
      request.log.warn(event, 'a spent refresh token came back: suspected theft, the session was ended')
    }
    if (!session || session.endedAt) throw SessionEnded()
    return tokenPair(session, successorId)
  }

  /** Ends the session that a token names; does nothing if it names none. @throws RateLimited */
  async function end(request: FastifyRequest, token: string, kind: 'access' | 'refresh'): Promise<void> {
    const claims = readable(token, kind)
    if (!claims) return
    await takeShare(request, claims)
    const notAfter = await dbClock.at(request.endsAt)
    await endSession(db, { id: claims.sid, userId: claims.sub, notAfter })
    request.log.info({ event: 'session_logout', user: claims.sub, session: claims.sid }, 'signed out')
  }

  function readable(token: string, kind: 'access' | 'refresh'): AccessClaims | RefreshClaims | undefined {
    try {
      return tokens[kind].verify(token)
    } catch {
      return undefined
    }
  }

  /** All claims are derived from the session and the refresh token's id, so that the same pair can be made twice. */
  function tokenPair(session: OpenedSession, refreshId: string): { access: string; refresh: string } {
    const { iat, ...claims } = accessClaims(session, 'citizen')
    const { sub, user_id, sid } = claims
    const exp = Math.min(iat + options.accessTtlSeconds, seconds(session.absoluteExpiresAt))
    return {
      access: tokens.access.sign({ ...claims, jti: accessIdOf(digestOf(refreshId)), iat, exp }),
      refresh: tokens.refresh.sign({
        ...{ token_type: 'refresh', sub, user_id, sid, jti: refreshId, iat },
        ...{ generation: session.generation, exp: seconds(session.expiresAt) }
      })
    }
  }
}

function accessClaims<R extends Session['role']>(session: OpenedSession, role: R) {
  const { id: sid, userId, createdAt, refreshedAt } = session
  const times = { auth_time: seconds(createdAt), iat: seconds(refreshedAt) }
  return { token_type: 'access', sub: userId, user_id: userId, sid, role, ...times } as const
}

/** Seconds since 1970, rounded down: PyJWT rejects an `iat` in the future. */
function seconds(time: Date): number {
  return Math.floor(time.getTime() / 1000)
}

function logSignIn(
  { log }: FastifyRequest,
  session: Pick<Session, 'userId'> & { wasDormant?: boolean; isNew?: boolean }
) {
  const user = { user: session.userId, ...('isNew' in session && { is_new_user: session.isNew }) }
  log.info({ event: 'authn_login_success', ...user }, 'signed in')
  if (session.wasDormant) {
    log.warn(
      { event: 'dormant_sign_in', ...user },
      'a long unused account was signed in to; its older sessions were ended, its profile was put away'
    )
  }
}
