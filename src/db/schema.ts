import { sql } from 'drizzle-orm'
import {
  boolean,
  check,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uuid
} from 'drizzle-orm/pg-core'

const id = () => uuid().primaryKey().defaultRandom()
const createdAt = () => timestamp('created_at', { withTimezone: true }).notNull().defaultNow()

// Rows of `users` and `sessions` change at every sign-in and refresh, so migration 0003 keeps a tenth of each of their pages
// free: a row that stays in its page changes no index.

/** Everyone who signs in, identified by phone number. Staff have a password and a row in `staff_profiles`. */
export const users = pgTable(
  'users',
  {
    id: id(),
    phoneNumber: text('phone_number').notNull().unique(),
    fullName: text('full_name'),
    neighborhood: text(),
    location: text(),
    passwordHash: text('password_hash'),
    isActive: boolean('is_active').notNull().default(true),
    createdAt: createdAt(),
    /** The last sign-in by SMS; one by password says nothing about who holds the number. */
    lastSignInAt: timestamp('last_sign_in_at', { withTimezone: true })
  },
  (table) => [check('users_phone_number_e164', sql`${table.phoneNumber} ~ '^\\+[1-9][0-9]{6,14}$'`)]
)

export const departments = pgTable('departments', {
  id: id(),
  name: text().notNull().unique(),
  /** The name as `comparableName` normalizes it; null in the rows of older versions until the next `migrate`. */
  comparableName: text('comparable_name').unique(),
  createdAt: createdAt()
})

/** What makes a user staff: the link to a department. */
export const staffProfiles = pgTable(
  'staff_profiles',
  {
    userId: uuid('user_id')
      .primaryKey()
      .references(() => users.id, { onDelete: 'cascade' }),
    departmentId: uuid('department_id')
      .notNull()
      .references(() => departments.id),
    createdAt: createdAt()
  },
  (table) => [index('staff_profiles_department_id').on(table.departmentId)]
)

/** One sign-in on one device. Every token names its session, and is void once that has ended. */
export const sessions = pgTable(
  'sessions',
  {
    id: id(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    role: text({ enum: ['citizen', 'staff'] }).notNull(),
    createdAt: createdAt(),
    /** When the session ends unless it is refreshed; each refresh postpones it. */
    expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
    /** When the session ends however much it is used; never changes. */
    absoluteExpiresAt: timestamp('absolute_expires_at', { withTimezone: true }).notNull(),
    endedAt: timestamp('ended_at', { withTimezone: true }),
    /** How many times the session was refreshed; its one valid refresh token carries the same number. */
    generation: integer().notNull().default(0),
    /** Digest of that token's id; null when the session has no refresh token. */
    refreshDigest: text('refresh_digest'),
    refreshedAt: timestamp('refreshed_at', { withTimezone: true }).notNull().defaultNow(),
    /** When a token of the last refresh's pair was first used; null while the reply may have been lost. */
    pairUsedAt: timestamp('pair_used_at', { withTimezone: true }),
    userAgent: text('user_agent'),
    ip: text()
  },
  (table) => [
    index('sessions_user_id').on(table.userId),
    // Not on `expires_at`: each refresh changes it, which would update every index of the row.
    index('sessions_over_at').on(sql`least(${table.absoluteExpiresAt}, ${table.endedAt})`),
    check('sessions_role', sql`${table.role} in ('citizen', 'staff')`)
  ]
)

/** Profiles hidden because the number may have a new owner, until the user gives the same name or 30 days are over. */
export const putAwayProfiles = pgTable(
  'put_away_profiles',
  {
    userId: uuid('user_id')
      .primaryKey()
      .references(() => users.id, { onDelete: 'cascade' }),
    fullName: text('full_name'),
    neighborhood: text(),
    location: text(),
    putAwayAt: timestamp('put_away_at', { withTimezone: true }).notNull().defaultNow()
  },
  (table) => [index('put_away_profiles_put_away_at').on(table.putAwayAt)]
)

/** A number that an account lost to a change of number, kept for 30 days because a thief may have changed it. */
export const formerNumbers = pgTable(
  'former_numbers',
  {
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    phoneNumber: text('phone_number').notNull(),
    takenAt: timestamp('taken_at', { withTimezone: true }).notNull().defaultNow()
  },
  (table) => [
    primaryKey({ columns: [table.phoneNumber, table.userId] }),
    index('former_numbers_user_id').on(table.userId),
    index('former_numbers_taken_at').on(table.takenAt)
  ]
)

/** The audit log. A line outlives its account; from then on only `pseudonym` shows which lines are about the same person. */
export const auditEvents = pgTable(
  'audit_events',
  {
    id: id(),
    event: text({
      enum: [
        ...([
          'user_deleted',
          'phone_changed',
          'phone_restored',
          'sessions_ended',
          'all_sessions_ended'
        ] as const),
        ...(['user_disabled', 'user_enabled', 'password_changed', 'test_number_used'] as const),
        ...(['dormant_sign_in', 'profile_put_away', 'profile_brought_back', 'profile_deleted'] as const),
        ...(['staff_added', 'staff_imported', 'staff_moved', 'staff_renamed', 'staff_removed'] as const),
        ...(['department_renamed', 'department_deleted'] as const)
      ]
    }).notNull(),
    userId: uuid('user_id').references(() => users.id, { onDelete: 'set null' }),
    pseudonym: text(),
    createdAt: createdAt()
  },
  (table) => [
    index('audit_events_user_id').on(table.userId),
    index('audit_events_pseudonym').on(table.pseudonym)
  ]
)

/** The single key behind the pseudonyms. Deleting the row makes the lines of all deleted accounts anonymous. */
export const auditKeys = pgTable(
  'audit_keys',
  { id: integer().primaryKey().default(1), key: uuid().notNull().defaultRandom() },
  (table) => [check('audit_keys_one', sql`${table.id} = 1`)]
)

export type User = typeof users.$inferSelect
export type AuditEvent = (typeof auditEvents.$inferSelect)['event']
export type Department = typeof departments.$inferSelect
export type Session = typeof sessions.$inferSelect
export type Role = Session['role']
