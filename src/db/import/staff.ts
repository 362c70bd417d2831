import { sql } from 'drizzle-orm'
import type { Db } from '../client.ts'
import type { Outcome, Stretch } from './outcome.ts'

/** Makes the users of a stretch staff of their departments; who is staff already stays where they are. */
export async function importStaff(db: Db, { after, upTo, dryRun }: Stretch): Promise<Outcome[]> {
  const written = sql`
    insert into staff_profiles (user_id, department_id)
    select user_id, department_id from decided where outcome = 'imported'
    on conflict do nothing`
  return db.execute<Outcome>(sql`
    with decided as materialized (
      select i.row_nr, i.pk, owner.user_id, place.department_id, twin.other,
        case
          when twin.other is not null then 'second'
          when owner.user_id is null then 'no user'
          when place.department_id is null then 'no department'
          when here.user_id is null then 'imported'
          else 'unchanged'
        end as outcome,
        case when twin.other is null and here.department_id <> place.department_id then 'elsewhere' end as note
      from import_staff i
      left join lateral (
        select u.user_id from import_users u
        where (u.pk = i.user_pk or u.phone = i.user_phone) and u.user_id is not null limit 1
      ) owner on true
      left join lateral (
        select d.department_id from import_departments d
        where (d.pk = i.department_pk or d.name = i.department_name) and d.department_id is not null limit 1
      ) place on true
      left join lateral (
        select min(o.row_nr) as other from import_staff o
        where (o.user_pk = i.user_pk or o.user_phone = i.user_phone) and o.row_nr < i.row_nr
      ) twin on true
      left join staff_profiles here on here.user_id = owner.user_id
      where i.row_nr > ${after} and i.row_nr <= ${upTo}
    ), written as (${dryRun ? sql`select` : written})
    select row_nr, pk, outcome, other, note from decided`)
}
