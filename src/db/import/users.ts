import { sql } from 'drizzle-orm'
import type { Db } from '../client.ts'
import { twinOf } from './keys.ts'
import type { Outcome, Stretch } from './outcome.ts'
import { staged, within } from './tables.ts'

/**
 * Imports the users of a stretch. A user who already exists, by id or by number, keeps everything and gets what is missing.
 * Rows that share a number or a pk are not imported: the operator must decide which one is right.
 */
export async function importUsers(db: Db, stretch: Stretch): Promise<Outcome[]> {
  return db.transaction(async (tx) => {
    const outcomes = await decide(tx, stretch)
    if (!stretch.dryRun) await write(tx, stretch)
    return outcomes
  })
}

/** Whether the account (u) signed in after being dormant for so long that its number may have a new owner. */
const maybeResold = sql`
  exists (select from audit_events a where a.user_id = u.id and a.event = 'dormant_sign_in')`

/**
 * Whether the row (i) and the account (u) are certainly the same person: an earlier run imported the row, or the ids match. The
 * same number proves nothing, and neither does anything else once the number may have a new owner.
 */
const isSamePerson = sql`((u.id = i.id or u.created_at = i.created_at) and not ${maybeResold}) is true`

/** A user with no known sign-in in Django counts from the import; a time in the future, from a fast clock, is capped. */
const lastSignIn = sql`least(coalesce(i.last_login, now()), now())`

/** With `takeOver`, the operator vouches that existing accounts belong to the same people. */
const isTrusted = ({ takeOver }: Stretch) => (takeOver ? sql`true` : isSamePerson)

/** Whether the account (u) lacks a profile field that the row (i) has, and may get it. */
const isIncomplete = (stretch: Stretch) =>
  sql`${isTrusted(stretch)} and (${sql.join(
    ['full_name', 'neighborhood', 'location'].map((column) =>
      sql.raw(`(u.${column} is null and i.${column} is not null)`)
    ),
    sql` or `
  )})`

/** Whether the profile of the row (i) is put away, because the number may have a new owner: the name they give will tell. */
const waitsForName = (
  stretch: Stretch
) => sql`not ${isTrusted(stretch)} and u.full_name is null and i.full_name is not null
  and not exists (select from put_away_profiles p where p.user_id = u.id)`

/** Whether the account (u) lacks something that the row (i) has. The import does not restore what was put away. */
const lacking = (stretch: Stretch) =>
  sql`not ${maybeResold} and ((${isIncomplete(stretch)}) or (${waitsForName(stretch)}) or u.last_sign_in_at is null)`

async function decide(tx: Db, stretch: Stretch): Promise<Outcome[]> {
  // The id takes precedence over the number: a user who changed numbers here since is still the same person.
  return tx.execute<Outcome>(sql`
    with decided as (
      select i.row_nr, coalesce(twin.other, owner.first_row) as other,
        coalesce(u.id, i.id, gen_random_uuid()) as user_id,
        u.is_active and not i.is_active as is_active_here,
        u.id <> i.id as has_another_id,
        u.id is not null and not (${isSamePerson}) as is_somebody,
        case
          when twin.other is not null then 'twin'
          when owner.first_row is not null then 'taken'
          when u.id is null then 'imported'
          when ${lacking(stretch)} then 'completed'
          else 'unchanged'
        end as outcome
      from ${staged.user} i
      left join users by_id on by_id.id = i.id
      left join users by_phone on by_phone.phone_number = i.phone
      left join users u on u.id = coalesce(by_id.id, by_phone.id)
      left join ${staged.keys} owner on owner.kind = 'user.id' and owner.key = u.id::text and u.id is distinct from i.id
      left join ${twinOf('user')} on true
      where ${within(stretch)}
    )
    update ${staged.user} i set outcome = d.outcome, is_somebody = d.is_somebody, user_id = case when d.other is null then d.user_id end
    from decided d where d.row_nr = i.row_nr
    returning i.row_nr, i.pk, d.outcome, d.other, array_to_json(array_remove(array[
      case when d.other is null and d.is_active_here then 'active here' end,
      case when d.other is null and d.has_another_id then 'another id' end
    ], null)) as notes`)
}

async function write(tx: Db, stretch: Stretch): Promise<void> {
  await tx.execute(sql`
    insert into users
      (id, phone_number, full_name, neighborhood, location, is_active, created_at, last_sign_in_at)
    select user_id, phone, full_name, neighborhood, location, is_active, coalesce(created_at, now()), ${lastSignIn}
    from ${staged.user} i where ${within(stretch)} and outcome = 'imported'
    on conflict do nothing`)
  // Someone may have signed in for the first time since the decision.
  await tx.execute(sql`
    update ${staged.user} i set user_id = u.id, outcome = 'completed', is_somebody = true from users u
    where u.phone_number = i.phone and u.id <> i.user_id and ${within(stretch)} and outcome = 'imported'`)
  await tx.execute(sql`
    insert into put_away_profiles (user_id, full_name, neighborhood, location)
    select u.id, i.full_name, i.neighborhood, i.location
    from ${staged.user} i join users u on u.id = i.user_id
    where ${within(stretch)} and not ${maybeResold} and ${waitsForName(stretch)}
    on conflict do nothing`)
  const completed = (column: string) =>
    sql`coalesce(${sql.raw(`u.${column}`)}, case when not i.is_somebody or ${stretch.takeOver} then ${sql.raw(`i.${column}`)} end)`
  await tx.execute(sql`
    update users u set
      full_name = ${completed('full_name')},
      neighborhood = ${completed('neighborhood')},
      location = ${completed('location')},
      last_sign_in_at = coalesce(u.last_sign_in_at, ${lastSignIn})
    from ${staged.user} i where i.user_id = u.id and ${within(stretch)} and (${lacking(stretch)})`)
}
