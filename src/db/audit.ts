import { isNotNull, type SQL, sql } from 'drizzle-orm'
import type { Db } from './client.ts'
import { type AuditEvent, auditEvents, auditKeys, users } from './schema.ts'

/**
 * What names a user in the audit log, the same in all their lines, also when the account is gone. The key stays in the
 * database: the service and the operator's command cannot have different ones, and it stands in no statement or log.
 * User ids all have one length, so that a digest of key and id is as good as an HMAC.
 */
export const pseudonymOf = (userId: SQL) =>
  sql`(select encode(sha256(convert_to(audit_keys.key || ':' || ${userId}, 'UTF8')), 'hex') from audit_keys)`

/** Adds a line to the audit log. Without a user it is about nobody; of a user who is gone there is none. */
export async function insertAuditEvent(db: Db, event: AuditEvent, userId?: string): Promise<void> {
  if (userId === undefined) await db.insert(auditEvents).values({ event })
  else {
    await db.execute(sql`
      insert into audit_events (event, user_id, pseudonym)
      select ${event}, id, ${pseudonymOf(sql`users.id`)} from ${users} where id = ${userId}`)
  }
}

/** Makes the key where there is none, and names users in the lines of versions that had no pseudonyms. */
export async function preparePseudonyms(db: Db): Promise<void> {
  await db.insert(auditKeys).values({}).onConflictDoNothing()
  await db
    .update(auditEvents)
    .set({ pseudonym: pseudonymOf(sql`audit_events.user_id`) })
    .where(sql`${isNotNull(auditEvents.userId)} and ${auditEvents.pseudonym} is null`)
}
