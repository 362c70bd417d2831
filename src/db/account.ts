import { asc, eq, or, type SQL } from 'drizzle-orm'
import type { Db } from './client.ts'
import { auditEvents, type User, users } from './schema.ts'
import { endSessions, findSession } from './sessions.ts'

/** SQLSTATE unique_violation, PostgreSQL appendix A. */
const UNIQUE_VIOLATION = '23505'

/** Who asks for a change of the account, and in which session. */
export interface Asker {
  userId: string
  sessionId: string
}

/**
 * Gives the account another number (E.164) and ends every session but this one; of those who want one number at the same
 * time the first gets it. Undefined when the session has ended meanwhile.
 */
export async function changePhone(
  db: Db,
  { userId, sessionId, phone }: Asker & { phone: string }
): Promise<{ user: User; oldPhone: string } | 'taken' | undefined> {
  const change = db.transaction(async (tx) => {
    const concerned = await lockUsers(tx, or(eq(users.id, userId), eq(users.phoneNumber, phone)))
    const asking = await findSession(tx, { id: sessionId, userId })
    if (!asking) return undefined
    if (concerned.some(({ phoneNumber }) => phoneNumber === phone)) return 'taken' as const
    const [user] = await tx.update(users).set({ phoneNumber: phone }).where(eq(users.id, userId)).returning()
    await endSessions(tx, userId, sessionId)
    await tx.insert(auditEvents).values({ event: 'phone_changed', userId })
    return user && { user, oldPhone: asking.user.phoneNumber }
  })
  return change.catch((error: unknown) => {
    // Somebody's first sign-in was faster.
    if (isUniqueViolation(error)) return 'taken' as const
    throw error
  })
}

/**
 * Deletes a user with all that is theirs; what stays is that somebody was deleted, and when. False, and nothing is
 * deleted, when the session has ended meanwhile.
 */
export async function deleteUser(db: Db, { userId, sessionId }: Asker): Promise<boolean> {
  return db.transaction(async (tx) => {
    await lockUsers(tx, eq(users.id, userId))
    if (!(await findSession(tx, { id: sessionId, userId }))) return false
    await tx.delete(users).where(eq(users.id, userId))
    await tx.insert(auditEvents).values({ event: 'user_deleted' })
    return true
  })
}

/** Notes that the fixed code of a test number was used. It names no user, or deleting that account would delete it. */
export async function insertTestNumberUse(db: Db): Promise<void> {
  await db.insert(auditEvents).values({ event: 'test_number_used' })
}

/**
 * Waits for who changes them at this moment; what is read after it is what those have left. In the order of their ids, so
 * that two who swap numbers do not block each other.
 */
function lockUsers(tx: Db, which: SQL | undefined): Promise<User[]> {
  return tx.select().from(users).where(which).orderBy(asc(users.id)).for('update')
}

/** Looks through Drizzle's wrapping. */
function isUniqueViolation(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && cause.code === UNIQUE_VIOLATION
}
