import { and, eq, gt, isNull, type SQL, sql } from 'drizzle-orm'
import type { Db } from './client.ts'
import { assertInTime, type Deadline, inTime } from './deadline.ts'
import { prepared } from './prepared.ts'
import { type Session, sessions, users } from './schema.ts'
import { isOfUser } from './sessions.ts'

export interface Rotation extends Deadline {
  /** The session that the presented refresh token names. */
  id: string
  userId: string
  generation: number
  /** Digests of the presented token's id, and of its successor's id. */
  digest: string
  successorDigest: string
  /** How long the parent of the current token still gets that token after its pair was first used (seconds). */
  graceSeconds: number
  /** Lifetime of an unused refresh token (seconds). */
  idleSeconds: number
}

const given = (name: keyof Rotation) => sql.placeholder(name)
// Each expression reads the row as the update finds it, so parallel refreshes take effect one after another.
const isCurrent = sql`(${sessions.generation} = ${given('generation')} and ${sessions.refreshDigest} = ${given('digest')})`
const isParent = sql`(${sessions.generation} = ${given('generation')} + 1 and ${sessions.refreshDigest} = ${given('successorDigest')})`
const grace = sql`make_interval(secs => ${given('graceSeconds')})`
const isUnused = sql`coalesce(${sessions.pairUsedAt} > now() - ${grace}, true)`
// A pair that is handed out again much later gets a fresh access token: the first one would have expired on the way.
const isStale = sql`(${isParent} and ${sessions.refreshedAt} < now() - ${grace})`
const idleEnd = sql`now() + make_interval(secs => ${given('idleSeconds')})`
const ifCurrent = (value: SQL, column: SQL) => sql`case when ${isCurrent} then ${value} else ${column} end`

const rotation = prepared((db) =>
  db
    .update(sessions)
    .set({
      generation: ifCurrent(sql`${sessions.generation} + 1`, sql`${sessions.generation}`),
      refreshDigest: ifCurrent(sql`${given('successorDigest')}`, sql`${sessions.refreshDigest}`),
      refreshedAt: sql`case when ${isCurrent} or ${isStale} then now() else ${sessions.refreshedAt} end`,
      pairUsedAt: ifCurrent(sql`null`, sql`${sessions.pairUsedAt}`),
      expiresAt: ifCurrent(sql`least(${idleEnd}, ${sessions.absoluteExpiresAt})`, sql`${sessions.expiresAt}`),
      endedAt: sql`case when ${isCurrent} or (${isParent} and ${isUnused}) then null else now() end`
    })
    .where(
      and(
        eq(sessions.id, given('id')),
        isOfUser,
        isNull(sessions.endedAt),
        gt(sessions.expiresAt, sql`now()`),
        inTime,
        sql`exists (select from ${users} where ${users.id} = ${sessions.userId} and ${users.isActive})`
      )
    )
    .returning()
    .prepare('rotate_session')
)

/**
 * Judges a refresh token in one atomic statement. The current token rotates the session. Its immediate parent gets the same
 * successor while that pair is unused and for the grace period after, because a phone may lose a reply and sleep for a day. Any
 * other token ends the session (RFC 9700, 4.14.2). Returns the session as it is afterwards, with `endedAt` if this token has
 * just ended it; undefined when it was over before.
 * @throws StatementLate when it arrives after its request is over; nothing changes, as the owner may have gone on elsewhere
 */
export async function rotateSession(db: Db, presented: Rotation): Promise<Session | undefined> {
  const [session] = await rotation(db).execute({ ...presented })
  if (!session) await assertInTime(db, presented)
  return session
}
