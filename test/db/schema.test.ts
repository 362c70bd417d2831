// Alone in its process: drizzle-kit adds enumerable methods to every array in it.
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { generateDrizzleJson, generateMigration } from 'drizzle-kit/api'
import { eq, sql } from 'drizzle-orm'
import t from 'tap'
import * as schema from '../../src/db/schema.ts'
import { db } from '../database.ts'
import { randomPhone } from '../helper.ts'

const { departments, sessions, staffProfiles, users } = schema

/** A staff member with a session, each row inserted without the functions that guard it. */
async function staffWithSession() {
  const [user] = await db.insert(users).values({ phoneNumber: randomPhone() }).returning()
  const [department] = await db.insert(departments).values({ name: randomUUID() }).returning()
  if (!user || !department) throw new Error('nothing was inserted')
  await db.insert(staffProfiles).values({ userId: user.id, departmentId: department.id })
  await db
    .insert(sessions)
    .values({ userId: user.id, role: 'staff', expiresAt: new Date(), absoluteExpiresAt: new Date() })
  return { user, department }
}

/** The error of a constraint, as the driver reports it below Drizzle's. */
const violates = (constraint: string) => ({ cause: { constraint_name: constraint } })

t.test('the database refuses a phone number that is not E.164', async (t) => {
  const bad = [
    '',
    '998901234567',
    '+0901234567',
    '+99890123456a',
    '+998 90 123 45 67',
    '+99890',
    '+1234567890123456'
  ]
  for (const phoneNumber of [...bad, `${randomPhone()}\n`]) {
    const work = db.insert(users).values({ phoneNumber })
    await t.rejects(work, violates('users_phone_number_e164'), JSON.stringify(phoneNumber))
  }
})

t.test('the database refuses a second user with the same number', async (t) => {
  const phoneNumber = randomPhone()
  await db.insert(users).values({ phoneNumber })
  await t.rejects(db.insert(users).values({ phoneNumber }), violates('users_phone_number_unique'))
})

t.test('the database refuses a second department with the same name', async (t) => {
  const { department } = await staffWithSession()
  const again = db.insert(departments).values({ name: department.name })
  await t.rejects(again, violates('departments_name_unique'))
})

t.test('the database refuses a session in a role that does not exist', async (t) => {
  const { user } = await staffWithSession()
  const work = db.execute(
    sql`insert into sessions (user_id, role, expires_at, absolute_expires_at) values (${user.id}, 'admin', now(), now())`
  )
  await t.rejects(work, violates('sessions_role'))
})

t.test('the database refuses a second staff profile of one user', async (t) => {
  const { user, department } = await staffWithSession()
  const again = db.insert(staffProfiles).values({ userId: user.id, departmentId: department.id })
  await t.rejects(again, violates('staff_profiles_pkey'))
})

t.test('deleting a user removes the staff profile and the sessions', async (t) => {
  const { user, department } = await staffWithSession()
  await db.delete(users).where(eq(users.id, user.id))
  t.equal(await db.$count(staffProfiles, eq(staffProfiles.userId, user.id)), 0)
  t.equal(await db.$count(sessions, eq(sessions.userId, user.id)), 0)
  t.equal(await db.$count(departments, eq(departments.id, department.id)), 1)
})

t.test('a department with staff cannot be deleted', async (t) => {
  const { department } = await staffWithSession()
  const work = db.delete(departments).where(eq(departments.id, department.id))
  await t.rejects(work, violates('staff_profiles_department_id_departments_id_fk'))
})

t.test('the newest migration snapshot matches the schema', async (t) => {
  const meta = fileURLToPath(new URL('../../src/db/migrations/meta/', import.meta.url))
  const newest = readdirSync(meta)
    .filter((file) => file.endsWith('_snapshot.json'))
    .sort()
    .at(-1)
  const migrated = JSON.parse(readFileSync(`${meta}${newest}`, 'utf8'))
  t.strictSame(await generateMigration(migrated, generateDrizzleJson(schema)), [], 'run npm run db:generate')
})
