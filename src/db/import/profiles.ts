import { sql } from 'drizzle-orm'
import type { Db } from '../client.ts'
import type { Outcome, Stretch } from './outcome.ts'

/** Adds the citizen profiles of a stretch to the users who wait, where those have nothing of their own. */
export async function joinProfiles(db: Db, { after, upTo }: Stretch): Promise<Outcome[]> {
  return db.execute<Outcome>(sql`
    update import_users u set
      full_name = coalesce(u.full_name, i.full_name),
      neighborhood = coalesce(u.neighborhood, i.neighborhood),
      location = coalesce(u.location, i.location)
    from import_profiles i
    where (u.pk = i.user_pk or u.phone = i.user_phone) and i.row_nr > ${after} and i.row_nr <= ${upTo}
      and not exists (
        select from import_profiles o
        where (o.user_pk = i.user_pk or o.user_phone = i.user_phone) and o.row_nr < i.row_nr
      )`)
}

/** What became of the profiles of a stretch: the same as of their users. */
export async function settleProfiles(db: Db, { after, upTo }: Stretch): Promise<Outcome[]> {
  return db.execute<Outcome>(sql`
    select i.row_nr, i.pk, twin.other, null as note,
      case when twin.other is not null then 'second' else coalesce(owner.outcome, 'no user') end as outcome
    from import_profiles i
    left join lateral (
      select u.outcome from import_users u
      where (u.pk = i.user_pk or u.phone = i.user_phone) and u.user_id is not null limit 1
    ) owner on true
    left join lateral (
      select min(o.row_nr) as other from import_profiles o
      where (o.user_pk = i.user_pk or o.user_phone = i.user_phone) and o.row_nr < i.row_nr
    ) twin on true
    where i.row_nr > ${after} and i.row_nr <= ${upTo}`)
}
