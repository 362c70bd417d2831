import { eq, sql } from 'drizzle-orm'
import type { Db } from './client.ts'
import { type Deadline, transactionInTime } from './deadline.ts'
import { takePutAwayProfile } from './put-away-profiles.ts'
import { type User, users } from './schema.ts'

export type ProfileFields = Partial<Pick<User, 'fullName' | 'neighborhood' | 'location'>>

/**
 * Writes only the fields given; undefined when the user no longer exists. A name settles a profile that was put away: the same
 * name restores the fields that are neither given nor filled in by now; another name deletes it.
 * @throws StatementLate
 */
export async function updateProfile(
  db: Db,
  userId: string,
  fields: ProfileFields,
  deadline: Deadline
): Promise<User | undefined> {
  return transactionInTime(db, deadline, async (tx) => {
    const { fullName } = fields
    const back = fullName && (await takePutAwayProfile(tx, userId, fullName))
    const [user] = await tx
      .update(users)
      .set({
        ...fields,
        ...(back && {
          neighborhood: sql`coalesce(${fields.neighborhood ?? null}, ${users.neighborhood}, ${back.neighborhood})`,
          location: sql`coalesce(${fields.location ?? null}, ${users.location}, ${back.location})`
        })
      })
      .where(eq(users.id, userId))
      .returning()
    return user
  })
}
