import { and, asc, eq, or, type SQL, sql } from 'drizzle-orm'
import { insertAuditEvent } from './audit.ts'
import type { Db } from './client.ts'
import { type Deadline, transactionInTime } from './deadline.ts'
import { formerNumbers, type User, users } from './schema.ts'
import { endSessions, findSession, type SignedIn } from './sessions.ts'
import { isUniqueViolation } from './violations.ts'

/** Who asks for a change of the account, and in which session. */
export interface Asker extends Deadline {
  userId: string
  sessionId: string
}

/**
 * Gives the account another number (E.164) and ends every session but this one; of those who want one number at the same
 * time the first gets it. The number that the account has already stays, and so do the sessions: `oldPhone` is the same.
 * Undefined when the session has ended; 'staff' when it may not move a staff account.
 * @throws StatementLate
 */
export async function changePhone(
  db: Db,
  { userId, sessionId, phone, notAfter }: Asker & { phone: string }
): Promise<{ user: SignedIn['user']; oldPhone: string } | 'taken' | 'staff' | undefined> {
  const change = transactionInTime(db, { notAfter }, async (tx) => {
    const concerned = await lockUsers(tx, or(eq(users.id, userId), eq(users.phoneNumber, phone)))
    const asking = await findSession(tx, { id: sessionId, userId })
    if (!asking) return undefined
    if (isStaffBySms(asking)) return 'staff' as const
    // It was changed by a request whose client has not learned of it.
    if (asking.user.phoneNumber === phone) return { user: asking.user, oldPhone: phone }
    if (concerned.some(({ phoneNumber }) => phoneNumber === phone)) return 'taken' as const
    const user = await moveUser(tx, asking.user, phone)
    await endSessions(tx, userId, { except: sessionId })
    await insertAuditEvent(tx, 'phone_changed', userId)
    return user && { user, oldPhone: asking.user.phoneNumber }
  })
  return change.catch((error: unknown) => {
    // Somebody's first sign-in was faster.
    if (isUniqueViolation(error)) return 'taken' as const
    throw error
  })
}

/**
 * Deletes a user with all that is theirs; what stays are the lines of the audit log, under a pseudonym. A session that has
 * ended deletes nothing (undefined), nor does one by SMS of a staff account ('staff').
 * @throws StatementLate
 */
export async function deleteUser(
  db: Db,
  { userId, sessionId, notAfter }: Asker
): Promise<'deleted' | 'staff' | undefined> {
  return transactionInTime(db, { notAfter }, async (tx) => {
    await lockUsers(tx, eq(users.id, userId))
    const asking = await findSession(tx, { id: sessionId, userId })
    if (!asking) return undefined
    if (isStaffBySms(asking)) return 'staff'
    await insertAuditEvent(tx, 'user_deleted', userId)
    await tx.delete(users).where(eq(users.id, userId))
    return 'deleted'
  })
}

/** Whether somebody who holds the SIM of a staff member asks, and may not be that person. */
export function isStaffBySms({ department, session }: Pick<SignedIn, 'department' | 'session'>): boolean {
  return department !== null && session.role === 'citizen'
}

/** Changes how a user signs in, or whether; every session so far ends. Tells how many did. */
export async function updateAccess(
  db: Db,
  userId: string,
  fields: Partial<Pick<User, 'passwordHash' | 'isActive'>>
): Promise<number> {
  return db.transaction(async (tx) => {
    await tx.update(users).set(fields).where(eq(users.id, userId))
    if (fields.passwordHash) await insertAuditEvent(tx, 'password_changed', userId)
    if (fields.isActive !== undefined)
      await insertAuditEvent(tx, fields.isActive ? 'user_enabled' : 'user_disabled', userId)
    return endSessions(tx, userId)
  })
}

/** Gives the account another number, and keeps the one it had for 30 days (session-sweep.ts). */
export async function moveUser(
  tx: Db,
  { id, phoneNumber }: Pick<User, 'id' | 'phoneNumber'>,
  phone: string
): Promise<User | undefined> {
  const takenAt = sql`now()`
  await tx
    .insert(formerNumbers)
    .values({ userId: id, phoneNumber })
    .onConflictDoUpdate({ target: [formerNumbers.phoneNumber, formerNumbers.userId], set: { takenAt } })
  const [user] = await tx.update(users).set({ phoneNumber: phone }).where(eq(users.id, id)).returning()
  // It is theirs again.
  await tx
    .delete(formerNumbers)
    .where(and(eq(formerNumbers.userId, id), eq(formerNumbers.phoneNumber, phone)))
  return user
}

/**
 * Waits for who changes them at this moment; what is read after it is what those have left. In the order of their ids, so
 * that two who swap numbers do not block each other.
 */
export function lockUsers(tx: Db, which: SQL | undefined): Promise<User[]> {
  return tx.select().from(users).where(which).orderBy(asc(users.id)).for('update')
}
