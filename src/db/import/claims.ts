import { type SQL, sql } from 'drizzle-orm'
import type { Db } from '../client.ts'
import type { Stretch } from './outcome.ts'
import { staged, within } from './tables.ts'

const claims = { profile: sql`profile_row`, staff: sql`staff_row` }

/**
 * Finds the user of each row of a stretch. If several rows belong to one user, the first one claims them: its row number is
 * recorded with the user, who gets what the row `gives`.
 */
export async function claimUsers(
  db: Db,
  name: keyof typeof claims,
  stretch: Stretch,
  gives: SQL = sql``
): Promise<void> {
  const claim = claims[name]
  await db.execute(sql`
    with owned as (
      update ${staged[name]} i set user_row = k.first_row from ${staged.keys} k
      where k.kind = i.user_kind and k.key = i.user_key and k.first_row = k.last_row and ${within(stretch)}
      returning i.*
    ), firsts as (
      select distinct on (user_row) * from owned order by user_row, row_nr
    )
    update ${staged.user} u set ${claim} = i.row_nr ${gives}
    from firsts i where u.row_nr = i.user_row and u.${claim} is null`)
}
