import { sql } from 'drizzle-orm'
import { boolean, check, index, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'

const id = () => uuid().primaryKey().defaultRandom()
const createdAt = () => timestamp('created_at', { withTimezone: true }).notNull().defaultNow()

/** Everybody who signs in; the phone number is who they are. Staff have a password and a row in `staff_profiles`. */
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
    createdAt: createdAt()
  },
  (table) => [check('users_phone_number_e164', sql`${table.phoneNumber} ~ '^\\+[1-9][0-9]{6,14}$'`)]
)

export const departments = pgTable('departments', {
  id: id(),
  name: text().notNull().unique(),
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

/** One sign-in on one device. Every token names its session, and is worth nothing once that has ended. */
export const sessions = pgTable(
  'sessions',
  {
    id: id(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    role: text({ enum: ['citizen', 'staff'] }).notNull(),
    createdAt: createdAt(),
    expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
    endedAt: timestamp('ended_at', { withTimezone: true })
  },
  (table) => [
    index('sessions_user_id').on(table.userId),
    check('sessions_role', sql`${table.role} in ('citizen', 'staff')`)
  ]
)

export type User = typeof users.$inferSelect
export type Department = typeof departments.$inferSelect
export type Session = typeof sessions.$inferSelect
export type Role = Session['role']
