import { isNotNull, type SQL, sql } from 'drizzle-orm'
import type { Db } from './client.ts'
import { type AuditEvent, auditEvents, auditKeys, users } from './schema.ts'

/**
 * The pseudonym of a user in the audit log: the same in all their lines, even after the account is gone. The key stays in the
 * database, so the service and the operator's command cannot use different ones, and it appears in no statement or log. User
 * ids all have the same length, so a digest of key and id is as good as an HMAC.
 */
export const pseudonymOf = (userId: SQL) =>
  sql`(select encode(sha256(convert_to(audit_keys.key || ':' || ${userId}, 'UTF8')), 'hex') from audit_keys)`

/** Adds a line to the audit log. Without a user id the line is about nobody; for a user who no longer exists none is added. */
export async function insertAuditEvent(db: Db, event: AuditEvent, userId?: string): Promise<void> {
  if (userId === undefined) await db.insert(auditEvents).values({ event })
  else {
    await db.execute(sql`
      insert into audit_events (event, user_id, pseudonym)
      select ${event}, id, ${pseudonymOf(sql`users.id`)} from ${users} where id = ${userId}`)
  }
}

/** Creates the key if there is none, and adds the pseudonyms that lines written by older versions lack. */
export async function preparePseudonyms(db: Db): Promise<void> {
  await db.insert(auditKeys).values({}).onConflictDoNothing()
  await db
    .update(auditEvents)
    .set({ pseudonym: pseudonymOf(sql`audit_events.user_id`) })
    .where(sql`${isNotNull(auditEvents.userId)} and ${auditEvents.pseudonym} is null`)
}
