import { eq, lt, sql } from 'drizzle-orm'
import { comparableName } from '../text/name.ts'
import { insertAuditEvent } from './audit.ts'
import type { Db } from './client.ts'
import { putAwayProfiles } from './schema.ts'

/** How long a profile that was put away, or a number lost to a change of number, can be restored. */
export const BRING_BACK_DAYS = 30
const past = sql`now() - make_interval(days => ${BRING_BACK_DAYS})`

/** Deletes the profile put away for this user, and returns it only if it has this name: a second name would be a guess. */
export async function takePutAwayProfile(tx: Db, userId: string, fullName: string) {
  const [profile] = await tx.delete(putAwayProfiles).where(eq(putAwayProfiles.userId, userId)).returning()
  if (!profile) return undefined
  const isSame = profile.fullName !== null && comparableName(profile.fullName) === comparableName(fullName)
  await insertAuditEvent(tx, isSame ? 'profile_brought_back' : 'profile_deleted', userId)
  return isSame ? profile : undefined
}

/** Deletes at most `limit` profiles that were not restored in time, skipping locked ones; returns how many. */
export async function deleteOldPutAwayProfiles(db: Db, limit: number): Promise<number> {
  return db.transaction(async (tx) => {
    const old = tx
      .select({ id: putAwayProfiles.userId })
      .from(putAwayProfiles)
      .where(lt(putAwayProfiles.putAwayAt, past))
      .orderBy(putAwayProfiles.putAwayAt)
      .limit(limit)
      .for('update', { skipLocked: true })
    const isOld = sql`${putAwayProfiles.userId} = any(array${old})`
    const deleted = await tx.delete(putAwayProfiles).where(isOld).returning()
    for (const { userId } of deleted) await insertAuditEvent(tx, 'profile_deleted', userId)
    return deleted.length
  })
}
