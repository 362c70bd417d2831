import { eq } from 'drizzle-orm'
import { sessions, type User, users } from '../src/db/schema.ts'
import { type Db, db } from './database.ts'
import { randomPhone } from './helper.ts'

const HOUR = 3_600_000

/** Inserts a citizen without a sign-in. */
export async function insertUser(phoneNumber = randomPhone(), into: Db = db): Promise<User> {
  const [user] = await into.insert(users).values({ phoneNumber }).returning()
  if (!user) throw new Error('nothing was inserted')
  return user
}

/** Inserts a session of a user that ends `endsIn` milliseconds from now; returns its id. */
export async function insertSession(
  userId: string,
  { endsIn = HOUR, ...fields }: Partial<typeof sessions.$inferInsert> & { endsIn?: number } = {}
): Promise<string> {
  const end = new Date(Date.now() + endsIn)
  const row = { userId, role: 'citizen', expiresAt: end, absoluteExpiresAt: end, ...fields } as const
  const [session] = await db.insert(sessions).values(row).returning()
  if (!session) throw new Error('nothing was inserted')
  return session.id
}

/** The user with this number (E.164), if there is one. */
export async function findUserByPhone(db: Db, phone: string): Promise<User | undefined> {
  const [user] = await db.select().from(users).where(eq(users.phoneNumber, phone))
  return user
}
