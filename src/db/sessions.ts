import { and, eq, gt, isNull, sql } from 'drizzle-orm'
import type { Db } from './client.ts'
import { prepared } from './prepared.ts'
import { departments, type Session, sessions, staffProfiles, users } from './schema.ts'

const newSession = prepared((db) =>
  db
    .insert(sessions)
    .values({
      userId: sql.placeholder('userId'),
      role: sql.placeholder('role'),
      createdAt: sql.placeholder('createdAt'),
      expiresAt: sql.placeholder('expiresAt')
    })
    .returning({ id: sessions.id })
    .prepare('new_session')
)

/** Opens a session and gives its id. */
export async function insertSession(
  db: Db,
  session: Pick<Session, 'userId' | 'role' | 'createdAt' | 'expiresAt'>
): Promise<string> {
  const [row] = await newSession(db).execute(session)
  if (!row) throw new Error('insert into sessions returned no row')
  return row.id
}

const sessionById = prepared((db) =>
  db
    .select({ session: sessions, user: users, department: { id: departments.id, name: departments.name } })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .leftJoin(staffProfiles, eq(staffProfiles.userId, users.id))
    .leftJoin(departments, eq(departments.id, staffProfiles.departmentId))
    .where(eq(sessions.id, sql.placeholder('id')))
    .prepare('session_by_id')
)

/** A session with its user, and the user's department if they are staff: all that a signed-in request needs. */
export async function findSession(db: Db, id: string) {
  const [row] = await sessionById(db).execute({ id })
  return row
}

export type SignedIn = NonNullable<Awaited<ReturnType<typeof findSession>>>

const live = (userId: string) =>
  and(eq(sessions.userId, userId), isNull(sessions.endedAt), gt(sessions.expiresAt, sql`now()`))

/** Ends every session of a user; their tokens are worth nothing from now on. */
export async function endSessions(db: Db, userId: string): Promise<void> {
  await db.update(sessions).set({ endedAt: sql`now()` }).where(live(userId))
}

export async function countLiveSessions(db: Db, userId: string): Promise<number> {
  return db.$count(sessions, live(userId))
}
