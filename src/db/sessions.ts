import { and, desc, eq, gt, isNotNull, isNull, ne, or, sql } from 'drizzle-orm'
import type { Db } from './client.ts'
import { assertInTime, type Deadline, inTime, noDeadline } from './deadline.ts'
import { prepared } from './prepared.ts'
import { departments, type Session, sessions, staffProfiles, users } from './schema.ts'

// By the clock of the database alone: the processes' clocks may differ.
export const isLive = and(isNull(sessions.endedAt), gt(sessions.expiresAt, sql`now()`))

/**
 * Of a session: it is this user's. Not `=`, by which a plan could find it through all that its user has, where statistics know
 * of one each.
 */
export const isOfUser = sql`${sessions.userId} is not distinct from ${sql.placeholder('userId')}`

/** Of a session with its user and their department: it runs, and its user was not switched off and has not left the staff. */
export const isOpen = and(
  eq(sessions.id, sql.placeholder('id')),
  isOfUser,
  isLive,
  users.isActive,
  or(eq(sessions.role, 'citizen'), isNotNull(departments.id))
)

const { id, phoneNumber, fullName, neighborhood, location, createdAt } = users
/** Of a user, what a signed-in request needs. */
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
 * A session that is open, with its user, and the user's department if they are staff: all that a signed-in request needs.
 * `unusedDigest` is of the refresh token in the pair that the last refresh gave, while nothing of it was used.
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

/** Notes that the pair which the last refresh gave has arrived: from now on its parent is suspect. */
export async function notePairUse(
  db: Db,
  { id, generation }: Pick<Session, 'id' | 'generation'>
): Promise<void> {
  await pairUse(db).execute({ id, generation })
}

export type SignedIn = NonNullable<Awaited<ReturnType<typeof findSession>>>

/** A user may have more; nobody reads on. */
export const SESSIONS_LISTED = 100

/** The user's sessions that run, the one used last first, at most `limit`. */
export async function listSessions(db: Db, userId: string, limit = SESSIONS_LISTED): Promise<Session[]> {
  return db
    .select()
    .from(sessions)
    .where(and(eq(sessions.userId, userId), isLive))
    .orderBy(desc(sessions.refreshedAt))
    .limit(limit)
}

// The row is locked first, so that the time is asked after the wait.
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

/** Ends a session, however often it is asked to; false when the user has none of this id. @throws StatementLate */
export async function endSession(
  db: Db,
  { id, userId, notAfter }: Pick<Session, 'id' | 'userId'> & Deadline
): Promise<boolean> {
  const ended = await sessionEnd(db).execute({ id, userId, notAfter })
  if (ended.length === 0) await assertInTime(db, { notAfter })
  return ended.length > 0
}

/**
 * Ends every session of a user, or all but one; their tokens are worth nothing from now on. Tells how many ended. After
 * `notAfter` (ISO 8601, by the clock of the database) it ends none: the user may have signed in again since they asked.
 * @throws StatementLate
 */
export async function endSessions(
  db: Db,
  userId: string,
  { except, notAfter = noDeadline.notAfter }: { except?: string } & Partial<Deadline> = {}
): Promise<number> {
  // Who ends several sessions takes the user's row first: two who lock them in different orders would block each other.
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
 * Deletes at most so many of the sessions that have been over for so long, and none that somebody else is deleting; gives
 * how many. One that was not used in time is kept until its absolute end.
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
    // The first of an index, as in every sweep: a plan that statistics out of date cannot turn into a scan of the table.
    .orderBy(overAt)
    .limit(limit)
    .for('update', { skipLocked: true })
  // An array, for the same reason: a join may be done by reading the whole table.
  const isOver = sql`${sessions.id} = any(array${over})`
  const deleted = await db.delete(sessions).where(isOver).returning({ id: sessions.id })
  return deleted.length
}
