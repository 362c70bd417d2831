import { and, desc, eq, gt, isNotNull, isNull, ne, or, sql } from 'drizzle-orm'
import type { Db } from './client.ts'
import { assertInTime, type Deadline, inTime, noDeadline } from './deadline.ts'
import { prepared } from './prepared.ts'
import { departments, type Session, sessions, staffProfiles, users } from './schema.ts'

// Only the database's clock counts: the clocks of the service's processes may differ.
export const isLive = and(isNull(sessions.endedAt), gt(sessions.expiresAt, sql`now()`))

/**
 * Whether a session belongs to this user. Not `=`: where the statistics know of one session per user, the planner could use it
 * to reach the session through all the sessions of its user.
 */
export const isOfUser = sql`${sessions.userId} is not distinct from ${sql.placeholder('userId')}`

/** Whether a session, with its user and department, is open: live, its user active and, for a staff session, still staff. */
export const isOpen = and(
  eq(sessions.id, sql.placeholder('id')),
  isOfUser,
  isLive,
  users.isActive,
  or(eq(sessions.role, 'citizen'), isNotNull(departments.id))
)

const { id, phoneNumber, fullName, neighborhood, location, createdAt } = users
/** The columns of a user that a signed-in request needs. */
export const accountColumns = { id, phoneNumber, fullName, neighborhood, location, createdAt }

const sessionById = prepared((db) =>
  db
    .select({
      session: {
        id: sessions.id,
        role: sessions.role,
        generation: sessions.generation,
        unusedDigest: sql<
          string | null
        >`case when ${sessions.generation} > 0 and ${sessions.pairUsedAt} is null then ${sessions.refreshDigest} end`
      },
      user: accountColumns,
      department: { id: departments.id, name: departments.name },
      ageSeconds: sql<number>`extract(epoch from now() - ${sessions.createdAt})::int`
    })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .leftJoin(staffProfiles, eq(staffProfiles.userId, users.id))
    .leftJoin(departments, eq(departments.id, staffProfiles.departmentId))
    .where(isOpen)
    .prepare('session_by_id')
)

/**
 * Finds an open session with its user and, if the user is staff, their department: all that a signed-in request needs.
 * `unusedDigest` belongs to the refresh token that the last refresh issued, as long as neither token of that pair was used.
 */
export async function findSession(db: Db, { id, userId }: Pick<Session, 'id' | 'userId'>) {
  const [row] = await sessionById(db).execute({ id, userId })
  return row
}

const pairUse = prepared((db) =>
  db
    .update(sessions)
    .set({ pairUsedAt: sql`now()` })
    .where(
      and(
        eq(sessions.id, sql.placeholder('id')),
        eq(sessions.generation, sql.placeholder('generation')),
        isNull(sessions.pairUsedAt)
      )
    )
    .prepare('pair_use')
)

/** Records that the token pair of the last refresh has arrived: from now on its parent refresh token is suspect. */
export async function notePairUse(
  db: Db,
  { id, generation }: Pick<Session, 'id' | 'generation'>
): Promise<void> {
  await pairUse(db).execute({ id, generation })
}

export type SignedIn = NonNullable<Awaited<ReturnType<typeof findSession>>>

/** How many sessions are listed. A user may have more, but nobody reads further. */
export const SESSIONS_LISTED = 100

/** Lists the user's live sessions, most recently refreshed first, at most `limit`. */
export async function listSessions(db: Db, userId: string, limit = SESSIONS_LISTED): Promise<Session[]> {
  return db
    .select()
    .from(sessions)
    .where(and(eq(sessions.userId, userId), isLive))
    .orderBy(desc(sessions.refreshedAt))
    .limit(limit)
}

// Locks the row first, so that the deadline is checked after the wait for the lock.
const sessionEnd = prepared((db) => {
  const own = db.$with('own').as(
    db
      .select({ id: sessions.id })
      .from(sessions)
      .where(and(eq(sessions.id, sql.placeholder('id')), isOfUser))
      .for('no key update')
  )
  return db
    .with(own)
    .update(sessions)
    .set({ endedAt: sql`coalesce(${sessions.endedAt}, now())` })
    .from(own)
    .where(and(eq(sessions.id, own.id), inTime))
    .returning({ id: sessions.id })
    .prepare('session_end')
})

/** Ends a session, and may be called again; false when the user has no session with this id. @throws StatementLate */
export async function endSession(
  db: Db,
  { id, userId, notAfter }: Pick<Session, 'id' | 'userId'> & Deadline
): Promise<boolean> {
  const ended = await sessionEnd(db).execute({ id, userId, notAfter })
  if (ended.length === 0) await assertInTime(db, { notAfter })
  return ended.length > 0
}

/**
 * Ends every session of a user, or all but `except`; their tokens are void from now on. Returns how many ended. After
 * `notAfter` (ISO 8601, by the database's clock) it ends none: the user may have signed in again since the request.
 * @throws StatementLate
 */
export async function endSessions(
  db: Db,
  userId: string,
  { except, notAfter = noDeadline.notAfter }: { except?: string } & Partial<Deadline> = {}
): Promise<number> {
  // Locks the user's row before ending several sessions: two callers locking them in different orders would deadlock.
  const owner = db
    .$with('owner')
    .as(db.select({ id: users.id }).from(users).where(eq(users.id, userId)).for('no key update'))
  const ended = await db
    .with(owner)
    .update(sessions)
    .set({ endedAt: sql`now()` })
    .from(owner)
    .where(
      and(
        eq(sessions.userId, owner.id),
        isLive,
        except ? ne(sessions.id, except) : undefined,
        sql`clock_timestamp() < ${notAfter}::timestamptz`
      )
    )
    .returning({ id: sessions.id })
  if (ended.length === 0) await assertInTime(db, { notAfter })
  return ended.length
}

export async function countLiveSessions(db: Db, userId: string): Promise<number> {
  return db.$count(sessions, and(eq(sessions.userId, userId), isLive))
}

/**
 * Deletes at most `limit` sessions that have been over for `keepSeconds`, skipping those that another process is deleting.
 * Returns how many. A session that expired unused is kept until its absolute end.
 */
export async function deleteOverSessions(
  db: Db,
  { keepSeconds, limit }: { keepSeconds: number; limit: number }
): Promise<number> {
  const overAt = sql`least(${sessions.absoluteExpiresAt}, ${sessions.endedAt})`
  const past = sql`now() - make_interval(secs => ${keepSeconds})`
  const over = db
    .select({ id: sessions.id })
    .from(sessions)
    .where(sql`${overAt} < ${past}`)
    // Reads the start of an index, as every sweep does, so that stale statistics cannot turn the plan into a full table scan.
    .orderBy(overAt)
    .limit(limit)
    .for('update', { skipLocked: true })
  // An array for the same reason: a join could be planned as a scan of the whole table.
  const isOver = sql`${sessions.id} = any(array${over})`
  const deleted = await db.delete(sessions).where(isOver).returning({ id: sessions.id })
  return deleted.length
}
