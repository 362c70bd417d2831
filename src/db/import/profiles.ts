import { sql } from 'drizzle-orm'
import type { Db } from '../client.ts'
import { claimUsers } from './claims.ts'
import type { Outcome, Stretch } from './outcome.ts'
import { staged, within } from './tables.ts'

/** Adds the citizen profiles of a stretch to the staged users, filling only fields that those lack. */
export async function joinProfiles(db: Db, stretch: Stretch): Promise<Outcome[]> {
  const gives = sql`,
    full_name = coalesce(u.full_name, i.full_name),
    neighborhood = coalesce(u.neighborhood, i.neighborhood),
    location = coalesce(u.location, i.location)`
  await claimUsers(db, 'profile', stretch, gives)
  return []
}

/** Reports what became of the profiles of a stretch: the same as of their users. */
export async function settleProfiles(db: Db, stretch: Stretch): Promise<Outcome[]> {
  return db.execute<Outcome>(sql`
    select i.row_nr, i.pk, u.profile_row as other, '[]'::json as notes,
      case
        when u.user_id is null then 'no user'
        when u.profile_row <> i.row_nr then 'second'
        else u.outcome
      end as outcome
    from ${staged.profile} i left join ${staged.user} u on u.row_nr = i.user_row
    where ${within(stretch)}`)
}
