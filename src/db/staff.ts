import { and, asc, eq, sql, TransactionRollbackError } from 'drizzle-orm'
import { lockUsers } from './account.ts'
import { insertAuditEvent } from './audit.ts'
import type { Db } from './client.ts'
import { type Deadline, transactionInTime } from './deadline.ts'
import { prepared } from './prepared.ts'
import { departments, staffProfiles, type User, users } from './schema.ts'
import { endSessions } from './sessions.ts'

const loginByPhone = prepared((db) =>
  db
    .select({ user: users, departmentId: staffProfiles.departmentId })
    .from(users)
    .leftJoin(staffProfiles, eq(staffProfiles.userId, users.id))
    .where(eq(users.phoneNumber, sql.placeholder('phone')))
    .prepare('login_by_phone')
)

/** Finds the user whom a password for this number (E.164) would sign in; `departmentId` is null for a citizen. */
export async function findLogin(db: Db, phone: string) {
  const [login] = await loginByPhone(db).execute({ phone })
  return login
}

export type Login = NonNullable<Awaited<ReturnType<typeof findLogin>>>

/**
 * Makes the user with this number (E.164) staff of a department; a citizen keeps the account and gets a password. Returns
 * false, and changes nothing, when the user is already staff, or is made staff at the same moment.
 */
export async function insertStaff(
  db: Db,
  {
    phone,
    departmentId,
    ...fields
  }: { phone: string; departmentId: string } & Pick<User, 'fullName' | 'passwordHash'>
): Promise<boolean> {
  const hired = db.transaction(async (tx) => {
    const [user] = await tx
      .insert(users)
      .values({ phoneNumber: phone, ...fields })
      .onConflictDoUpdate({
        target: users.phoneNumber,
        set: fields,
        setWhere: sql`not exists (select from ${staffProfiles} where ${staffProfiles.userId} = ${users.id})`
      })
      .returning({ id: users.id })
    if (!user) return false
    const profile = tx.insert(staffProfiles).values({ userId: user.id, departmentId })
    const added = await profile.onConflictDoNothing().returning()
    if (added.length === 0) tx.rollback()
    await insertAuditEvent(tx, 'staff_added', user.id)
    return true
  })
  return hired.catch((error: unknown) => {
    if (error instanceof TransactionRollbackError) return false
    throw error
  })
}

export async function listStaff(db: Db) {
  return db
    .select({ user: users, department: departments.name })
    .from(staffProfiles)
    .innerJoin(users, eq(users.id, staffProfiles.userId))
    .innerJoin(departments, eq(departments.id, staffProfiles.departmentId))
    .orderBy(asc(departments.name), asc(users.fullName), asc(users.phoneNumber))
}

/** Moves a staff member to another department; ends every session, as tokens name the old one, and returns how many. */
export async function moveStaff(db: Db, userId: string, departmentId: string): Promise<number> {
  return db.transaction(async (tx) => {
    // A sign-in that is under way reads the new department, or its session is ended here.
    await lockUsers(tx, eq(users.id, userId))
    await tx.update(staffProfiles).set({ departmentId }).where(eq(staffProfiles.userId, userId))
    await insertAuditEvent(tx, 'staff_moved', userId)
    return endSessions(tx, userId)
  })
}

/** Removes a user from the staff, with the password; the citizen account stays. Ends every session; returns how many. */
export async function removeStaff(db: Db, userId: string): Promise<number> {
  return db.transaction(async (tx) => {
    // First, as a deletion of the account does, so that the two cannot deadlock.
    await lockUsers(tx, eq(users.id, userId))
    await tx.delete(staffProfiles).where(eq(staffProfiles.userId, userId))
    await tx.update(users).set({ passwordHash: null }).where(eq(users.id, userId))
    await insertAuditEvent(tx, 'staff_removed', userId)
    return endSessions(tx, userId)
  })
}

/**
 * Stores a better hash of the same password; false, and nothing is stored, when the hash has changed meanwhile.
 * @throws StatementLate
 */
export async function replacePasswordHash(
  db: Db,
  { userId, passwordHash, better, notAfter }: Deadline & Record<'userId' | 'passwordHash' | 'better', string>
): Promise<boolean> {
  return transactionInTime(db, { notAfter }, async (tx) => {
    const replaced = await tx
      .update(users)
      .set({ passwordHash: better })
      .where(and(eq(users.id, userId), eq(users.passwordHash, passwordHash)))
      .returning({ id: users.id })
    return replaced.length > 0
  })
}
