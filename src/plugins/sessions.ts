import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Db } from '../db/client.ts'
import type { Role } from '../db/schema.ts'
import { insertSession } from '../db/sessions.ts'

export interface SessionsOptions {
  accessTtlSeconds: number
  /** Life of an unused refresh token. */
  refreshTtlSeconds: number
  /** Life of a citizen's session, however much it is used. */
  citizenTtlSeconds: number
  /** Life of a staff session and of its one access token. */
  staffTtlSeconds: number
}

export type Sessions = ReturnType<typeof createSessions>

declare module 'fastify' {
  interface FastifyInstance {
    sessions: Sessions
  }
}

/** `fastify.sessions`: one row for each sign-in, and the tokens that name it. */
export default fp<SessionsOptions>(
  async function sessions(fastify, options) {
    fastify.decorate('sessions', createSessions(fastify, options))
  },
  { name: 'sessions', dependencies: ['jwt'] }
)

function createSessions({ tokens }: Pick<FastifyInstance, 'tokens'>, options: SessionsOptions) {
  return { startCitizen, startStaff }

  /** Signs a citizen in: a short access token and the refresh token that renews it. */
  async function startCitizen(db: Db, userId: string): Promise<{ access: string; refresh: string }> {
    const claims = await open(db, userId, 'citizen', options.citizenTtlSeconds)
    const access = { ...claims, token_type: 'access', role: 'citizen', auth_time: claims.iat } as const
    const refresh = { ...claims, token_type: 'refresh' } as const
    return {
      access: tokens.access.sign({
        ...access,
        jti: randomUUID(),
        exp: claims.iat + options.accessTtlSeconds
      }),
      refresh: tokens.refresh.sign({
        ...refresh,
        jti: randomUUID(),
        exp: claims.iat + options.refreshTtlSeconds
      })
    }
  }

  /** Signs a staff member in for a working day; there is nothing to renew. */
  async function startStaff(db: Db, userId: string, departmentId: string): Promise<{ access: string }> {
    const claims = await open(db, userId, 'staff', options.staffTtlSeconds)
    const access = { ...claims, token_type: 'access', role: 'staff', auth_time: claims.iat } as const
    const exp = claims.iat + options.staffTtlSeconds
    return { access: tokens.access.sign({ ...access, jti: randomUUID(), exp, department_id: departmentId }) }
  }

  /** Writes the session and gives the claims that both its tokens share. */
  async function open(db: Db, userId: string, role: Role, ttlSeconds: number) {
    // Whole seconds, rounded down: PyJWT refuses an `iat` that lies ahead.
    const iat = Math.floor(Date.now() / 1000)
    const createdAt = new Date(iat * 1000)
    const expiresAt = new Date((iat + ttlSeconds) * 1000)
    const sid = await insertSession(db, { userId, role, createdAt, expiresAt })
    return { sub: userId, user_id: userId, sid, iat }
  }
}
