import { and, asc, eq, or, type SQL, sql } from 'drizzle-orm'
import { insertAuditEvent } from './audit.ts'
import type { Db } from './client.ts'
import { type Deadline, transactionInTime } from './deadline.ts'
import { formerNumbers, type User, users } from './schema.ts'
import { endSessions, findSession, type SignedIn } from './sessions.ts'
import { isUniqueViolation } from './violations.ts'

/** The user who asks for a change of the account, and the session they ask in. */
export interface Asker extends Deadline {
  userId: string
  sessionId: string
}

/**
 * Gives the account another number (E.164) and ends every session but this one; of concurrent requests for one number the first
 * gets it. If the account already has the number, it and the sessions stay and `oldPhone` is the same number. Undefined when
 * the session has ended, 'taken' when another account has the number, 'staff' when it may not move a staff account.
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
    // An earlier request has made the change, and its client never got the reply.
    if (asking.user.phoneNumber === phone) return { user: asking.user, oldPhone: phone }
    if (concerned.some(({ phoneNumber }) => phoneNumber === phone)) return 'taken' as const
    const user = await moveUser(tx, asking.user, phone)
    await endSessions(tx, userId, { except: sessionId })
    await insertAuditEvent(tx, 'phone_changed', userId)
    return user && { user, oldPhone: asking.user.phoneNumber }
  })
  return change.catch((error: unknown) => {
    // Someone's first sign-in took the number in the meantime.
    if (isUniqueViolation(error)) return 'taken' as const
    throw error
  })
}

/**
 * Deletes a user and all their data; only the lines of the audit log stay, under a pseudonym. Deletes nothing when the session
 * has ended (undefined), or when a staff account was signed in to by SMS ('staff').
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

/** Whether a staff account was signed in to by SMS: whoever holds the SIM may not be the staff member. */
export function isStaffBySms({ department, session }: Pick<SignedIn, 'department' | 'session'>): boolean {
  return department !== null && session.role === 'citizen'
}

/** Changes a user's password, or whether they may sign in at all. Ends every session so far; returns how many. */
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

/** Gives the account another number, and keeps the old one on record for 30 days (session-sweep.ts). */
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
  // The account has this number again, if it ever lost it.
  await tx
    .delete(formerNumbers)
    .where(and(eq(formerNumbers.userId, id), eq(formerNumbers.phoneNumber, phone)))
  return user
}

/**
 * Locks users, waiting for concurrent changes, so that whatever is read next includes them. Locks them in id order, so two
 * people swapping numbers cannot deadlock.
 */
export function lockUsers(tx: Db, which: SQL | undefined): Promise<User[]> {
  return tx.select().from(users).where(which).orderBy(asc(users.id)).for('update')
}
