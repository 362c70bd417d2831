import { eq } from 'drizzle-orm'
import type { Db } from './client.ts'
import { auditEvents, type User, users } from './schema.ts'
import { endSessions } from './sessions.ts'

/** SQLSTATE unique_violation, PostgreSQL appendix A. */
const UNIQUE_VIOLATION = '23505'

/**
 * Gives the account another number (E.164) and ends every session but this one. Of those who want
 * one number at the same time the first gets it; the others get `taken`. Undefined when the user is gone.
 */
export async function changePhone(
  db: Db,
  { userId, sessionId, phone }: { userId: string; sessionId: string; phone: string }
): Promise<User | 'taken' | undefined> {
  const change = db.transaction(async (tx) => {
    const [user] = await tx.update(users).set({ phoneNumber: phone }).where(eq(users.id, userId)).returning()
    if (!user) return undefined
    await endSessions(tx, userId, sessionId)
    await tx.insert(auditEvents).values({ event: 'phone_changed', userId })
    return user
  })
  return change.catch((error: unknown) => {
    if (isUniqueViolation(error)) return 'taken' as const
    throw error
  })
}

/** Deletes a user with all that is theirs; what stays is that somebody was deleted, and when. */
export async function deleteUser(db: Db, userId: string): Promise<void> {
  await db.transaction(async (tx) => {
    const gone = await tx.delete(users).where(eq(users.id, userId)).returning({ id: users.id })
    if (gone.length > 0) await tx.insert(auditEvents).values({ event: 'user_deleted' })
  })
}

/** Looks through Drizzle's wrapping. */
function isUniqueViolation(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && cause.code === UNIQUE_VIOLATION
}
