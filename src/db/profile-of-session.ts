import { and, eq, isNotNull, notExists, or, sql } from 'drizzle-orm'
import type { Asker } from './account.ts'
import type { Db } from './client.ts'
import { inTime } from './deadline.ts'
import { prepared } from './prepared.ts'
import { departments, putAwayProfiles, sessions, staffProfiles, users } from './schema.ts'
import { accountColumns, isOpen, type SignedIn } from './sessions.ts'
import type { ProfileFields } from './users.ts'

const given = (field: keyof ProfileFields) => sql`${sql.placeholder(field)}::text`
/** The new value of a field that null clears; it stays as it is when not given. */
const ifGiven = (field: 'neighborhood' | 'location') =>
  sql`case when ${sql.placeholder(`${field}Given`)}::boolean then ${given(field)} else ${users[field]} end`

const change = prepared((db) => {
  const waiting = db.select().from(putAwayProfiles).where(eq(putAwayProfiles.userId, users.id))
  // Locks the user's row first, so that the deadline is checked after the wait for the lock.
  const asking = db.$with('asking').as(
    db
      .select({
        userId: users.id,
        departmentId: sql<string | null>`${departments.id}`.as('department_id'),
        departmentName: sql<string | null>`${departments.name}`.as('department_name')
      })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .leftJoin(staffProfiles, eq(staffProfiles.userId, users.id))
      .leftJoin(departments, eq(departments.id, staffProfiles.departmentId))
      .where(and(isOpen, or(eq(sessions.generation, 0), isNotNull(sessions.pairUsedAt)), notExists(waiting)))
      .for('no key update', { of: users })
  )
  const { departmentId, departmentName } = asking
  return db
    .with(asking)
    .update(users)
    .set({
      fullName: sql`coalesce(${given('fullName')}, ${users.fullName})`,
      neighborhood: ifGiven('neighborhood'),
      location: ifGiven('location')
    })
    .from(asking)
    .where(and(eq(users.id, asking.userId), inTime))
    .returning({ ...accountColumns, departmentId, departmentName })
    .prepare('profile_of_session')
})

/**
 * Checks the session and writes the profile in one statement, which is all that most requests need. Undefined when nothing was
 * written: the session is not open, its token pair was not used before, a profile was put away, or the deadline has passed.
 */
export async function changeProfile(
  db: Db,
  { sessionId, userId, notAfter }: Asker,
  { fullName = null, neighborhood, location }: ProfileFields
): Promise<Pick<SignedIn, 'user' | 'department'> | undefined> {
  const [row] = await change(db).execute({
    ...{ id: sessionId, userId, notAfter, fullName },
    ...{ neighborhood: neighborhood ?? null, neighborhoodGiven: neighborhood !== undefined },
    ...{ location: location ?? null, locationGiven: location !== undefined }
  })
  if (!row) return undefined
  const { departmentId, departmentName, ...user } = row
  const department = departmentId && departmentName ? { id: departmentId, name: departmentName } : null
  return { user, department }
}
