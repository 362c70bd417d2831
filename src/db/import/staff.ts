import { type SQL, sql } from 'drizzle-orm'
import { pseudonymOf } from '../audit.ts'
import type { Db } from '../client.ts'
import { claimUsers } from './claims.ts'
import type { Outcome, Stretch } from './outcome.ts'
import { staged, within } from './tables.ts'

/** Makes the users of a stretch staff of their departments; users who are already staff stay where they are. */
export async function importStaff(db: Db, stretch: Stretch): Promise<Outcome[]> {
  return db.transaction(async (tx) => {
    await claimUsers(tx, 'staff', stretch)
    return tx.execute<Outcome>(sql`
      with ${waiting(stretch)}, ${still(stretch)}, ${decided(stretch)}
        ${stretch.dryRun ? sql`` : sql`, ${written}`}
      select row_nr, pk, outcome, other,
        case when outcome in ('imported', 'unchanged') and has_no_password then password_problem end as password_problem,
        array_to_json(array_remove(array[
        case when outcome = 'unchanged' and is_elsewhere then 'elsewhere' end,
        case when outcome = 'imported' and is_somebody then 'becomes staff' end
      ], null)) as notes
      from decided`)
  })
}

const waiting = (stretch: Stretch) => sql`
  waiting as materialized (
    select i.row_nr, i.pk, u.user_id, u.is_somebody, u.password_hash, u.password_problem, u.is_active, u.staff_row,
      d.department_id
    from ${staged.staff} i
    left join ${staged.user} u on u.row_nr = i.user_row
    left join ${staged.keys} k
      on k.kind = i.department_kind and k.key = i.department_key and k.first_row = k.last_row
    left join ${staged.department} d on d.row_nr = k.first_row
    where ${within(stretch)}
  )`

/** Users and departments may have been deleted since they were imported; locks the remaining ones so that they stay. */
function still({ dryRun }: Stretch): SQL {
  const lock = dryRun ? sql`` : sql`for key share`
  return sql`
    accounts as materialized (
      select id, is_active, password_hash from users where id in (select user_id from waiting) order by id ${lock}
    ), places as materialized (
      select id from departments where id in (select department_id from waiting) order by id ${lock}
    )`
}

/** In a dry run, users and departments that would be imported do not exist, so the staged ids decide. */
const decided = ({ dryRun, takeOver }: Stretch) => sql`
  decided as materialized (
    select w.row_nr, w.pk, w.user_id, w.department_id, w.is_somebody, w.password_hash, w.password_problem, w.staff_row as other,
      a.password_hash is null as has_no_password,
      here.department_id <> w.department_id as is_elsewhere,
      case
        when ${dryRun ? sql`w.user_id` : sql`a.id`} is null then 'no user'
        when w.staff_row <> w.row_nr then 'second'
        when ${dryRun ? sql`w.department_id` : sql`p.id`} is null then 'no department'
        when here.user_id is not null then 'unchanged'
        when a.is_active and not w.is_active then 'switched off'
        when w.is_somebody and not ${takeOver} then 'somebody'
        else 'imported'
      end as outcome
    from waiting w
    left join accounts a on a.id = w.user_id
    left join places p on p.id = w.department_id
    left join staff_profiles here on here.user_id = w.user_id
  )`

const written = sql`
  written as (
    insert into staff_profiles (user_id, department_id)
    select user_id, department_id from decided where outcome = 'imported'
    on conflict do nothing
    returning user_id
  ), noted as (
    insert into audit_events (event, user_id, pseudonym)
    select 'staff_imported', user_id, ${pseudonymOf(sql`user_id`)} from written
  ), able as (
    update users u set password_hash = d.password_hash from decided d join written w using (user_id)
    where u.id = d.user_id and d.outcome = 'imported' and u.password_hash is null
  )`
