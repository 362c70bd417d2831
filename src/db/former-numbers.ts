import { and, asc, eq, gt, lt, sql } from 'drizzle-orm'
import { lockUsers, moveUser } from './account.ts'
import { insertAuditEvent } from './audit.ts'
import type { Db } from './client.ts'
import { BRING_BACK_DAYS } from './put-away-profiles.ts'
import { formerNumbers, type User, users } from './schema.ts'
import { endSessions } from './sessions.ts'
import { isUniqueViolation } from './violations.ts'

const past = sql`now() - make_interval(days => ${BRING_BACK_DAYS})`

/** Lists the accounts that lost this number (E.164) to a change of number in the last 30 days, earliest first. */
export async function listFormerOwners(db: Db, phone: string) {
  return db
    .select({ user: users, takenAt: formerNumbers.takenAt })
    .from(formerNumbers)
    .innerJoin(users, eq(users.id, formerNumbers.userId))
    .where(and(eq(formerNumbers.phoneNumber, phone), gt(formerNumbers.takenAt, past)))
    .orderBy(asc(formerNumbers.takenAt))
}

/**
 * Gives an account back a number that it lost to a change of number, and ends its sessions; its present number can be restored
 * in the same way. `ended` is how many ended; 'taken' when another account has the number now, undefined when this one is gone.
 */
export async function restoreNumber(
  db: Db,
  userId: string,
  phone: string
): Promise<{ user: User; ended: number } | 'taken' | undefined> {
  const restored = db.transaction(async (tx) => {
    const [before] = await lockUsers(tx, eq(users.id, userId))
    const user = before && (await moveUser(tx, before, phone))
    if (!user) return undefined
    await insertAuditEvent(tx, 'phone_restored', userId)
    return { user, ended: await endSessions(tx, userId) }
  })
  return restored.catch((error: unknown) => {
    if (isUniqueViolation(error)) return 'taken' as const
    throw error
  })
}

/** Deletes at most `limit` former numbers that are too old to be restored; returns how many. */
export async function deleteOldFormerNumbers(db: Db, limit: number): Promise<number> {
  const { phoneNumber, userId, takenAt } = formerNumbers
  const old = db
    .select({ phoneNumber, userId })
    .from(formerNumbers)
    .where(lt(takenAt, past))
    .orderBy(takenAt)
    .limit(limit)
    .for('update', { skipLocked: true })
  const deleted = await db
    .delete(formerNumbers)
    .where(sql`(${phoneNumber}, ${userId}) in ${old}`)
    .returning({ userId })
  return deleted.length
}
