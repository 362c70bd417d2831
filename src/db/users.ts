import { eq, sql } from 'drizzle-orm'
import type { Db } from './client.ts'
import { prepared } from './prepared.ts'
import { type User, users } from './schema.ts'

export type ProfileFields = Partial<Pick<User, 'fullName' | 'neighborhood' | 'location'>>

const userByPhone = prepared((db) =>
  db
    .select()
    .from(users)
    .where(eq(users.phoneNumber, sql.placeholder('phone')))
    .prepare('user_by_phone')
)

/** The user with this number (E.164), if there is one. */
export async function findUserByPhone(db: Db, phone: string): Promise<User | undefined> {
  const [user] = await userByPhone(db).execute({ phone })
  return user
}

/** Writes only the fields given; undefined when the user is gone. */
export async function updateProfile(
  db: Db,
  userId: string,
  fields: ProfileFields
): Promise<User | undefined> {
  const [user] = await db.update(users).set(fields).where(eq(users.id, userId)).returning()
  return user
}
