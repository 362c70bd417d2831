import { type SQL, sql } from 'drizzle-orm'
import type { Db } from '../client.ts'
import type { Outcome, Stretch } from './outcome.ts'

/**
 * Imports the users of a stretch. One who exists, by id or by number, keeps everything and gets what is missing. Rows that
 * share a number or a pk are nobody's: which person is meant is for people to say.
 */
export async function importUsers(db: Db, stretch: Stretch): Promise<Outcome[]> {
  return db.transaction(async (tx) => {
    const outcomes = await decide(tx, stretch)
    if (!stretch.dryRun) await write(tx, within(stretch))
    return outcomes
  })
}

const within = ({ after, upTo }: Stretch) => sql`i.row_nr > ${after} and i.row_nr <= ${upTo}`

/** What the account (u) lacks and the row (i) has. */
const lacking = sql.join(
  ['full_name', 'neighborhood', 'location', 'password_hash'].map((column) =>
    sql.raw(`(u.${column} is null and i.${column} is not null)`)
  ),
  sql` or `
)

async function decide(tx: Db, stretch: Stretch): Promise<Outcome[]> {
  // The id goes before the number: who got a new number here since is the same person.
  return tx.execute<Outcome>(sql`
    with decided as (
      select i.row_nr, twin.other, u.is_active as active_here,
        coalesce(u.id, i.id, gen_random_uuid()) as user_id,
        case
          when twin.other is not null then case when twin.is_alike then 'twin' else 'taken' end
          when u.id is null then 'imported'
          when ${lacking} then 'completed'
          else 'unchanged'
        end as outcome
      from import_users i
      left join lateral (
        select * from users where users.id = i.id or users.phone_number = i.phone
        order by users.id = i.id desc nulls last limit 1
      ) u on true
      left join lateral (
        select min(o.row_nr) as other, bool_or(o.phone = i.phone or o.pk = i.pk or o.id = i.id) as is_alike
        from import_users o
        where (o.phone = i.phone or o.pk = i.pk or o.id = i.id or o.id = u.id) and o.row_nr <> i.row_nr
      ) twin on true
      where ${within(stretch)}
    )
    update import_users i set outcome = d.outcome, user_id = case when d.other is null then d.user_id end
    from decided d where d.row_nr = i.row_nr
    returning i.row_nr, i.pk, d.outcome, d.other,
      case when d.other is null and d.active_here and not i.is_active then 'active here' end as note`)
}

async function write(tx: Db, rows: SQL): Promise<void> {
  await tx.execute(sql`
    insert into users
      (id, phone_number, full_name, neighborhood, location, password_hash, is_active, created_at)
    select user_id, phone, full_name, neighborhood, location, password_hash, is_active, coalesce(created_at, now())
    from import_users i where ${rows} and outcome = 'imported'
    on conflict do nothing`)
  // Somebody may have signed in for the first time since it was decided.
  await tx.execute(sql`
    update import_users i set user_id = u.id from users u
    where u.phone_number = i.phone and u.id <> i.user_id and ${rows} and outcome = 'imported'`)
  await tx.execute(sql`
    update users u set
      full_name = coalesce(u.full_name, i.full_name),
      neighborhood = coalesce(u.neighborhood, i.neighborhood),
      location = coalesce(u.location, i.location),
      password_hash = coalesce(u.password_hash, i.password_hash)
    from import_users i where i.user_id = u.id and ${rows} and (${lacking})`)
}
