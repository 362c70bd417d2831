import { sql } from 'drizzle-orm'
import type { Db } from '../client.ts'
import { twinOf } from './keys.ts'
import type { Outcome, Stretch } from './outcome.ts'
import { staged, within } from './tables.ts'

/** The existing department that a row (i) names, matched as in `findDepartmentByName`. */
const byName = sql`(
  select d.id from departments d where d.name = i.name or d.comparable_name = i.comparable_name
  order by d.name = i.name desc limit 1
)`

/** Imports the departments of a stretch; one that already exists, by id or by name, stays as it is. */
export async function importDepartments(db: Db, stretch: Stretch): Promise<Outcome[]> {
  return db.transaction(async (tx) => {
    const outcomes = await decide(tx, stretch)
    if (!stretch.dryRun) await insert(tx, stretch)
    return outcomes
  })
}

async function decide(tx: Db, stretch: Stretch): Promise<Outcome[]> {
  return tx.execute<Outcome>(sql`
    with decided as (
      select i.row_nr, coalesce(by_id.id, by_name.id) as found_id, twin.other,
        case
          when twin.other is not null then 'twin'
          when coalesce(by_id.id, by_name.id) is null then 'imported'
          else 'unchanged'
        end as outcome
      from ${staged.department} i
      left join departments by_id on by_id.id = i.id
      left join departments by_name on by_name.id = ${byName}
      left join ${twinOf('department')} on true
      where ${within(stretch)}
    )
    update ${staged.department} i
    set department_id = case when d.other is null then coalesce(d.found_id, i.id, gen_random_uuid()) end
    from decided d where d.row_nr = i.row_nr
    returning i.row_nr, i.pk, d.outcome, d.other,
      case when d.outcome = 'unchanged' and d.found_id <> i.id then '["another id"]'::json else '[]' end as notes`)
}

async function insert(tx: Db, stretch: Stretch): Promise<void> {
  await tx.execute(sql`
    insert into departments (id, name, comparable_name)
    select department_id, name, comparable_name from ${staged.department} i
    where ${within(stretch)} and department_id is not null
    on conflict do nothing`)
  // Someone may have added a department of that name since the decision.
  await tx.execute(sql`
    update ${staged.department} i set department_id = ${byName}
    where ${within(stretch)} and department_id is not null
      and not exists (select from departments same where same.id = i.department_id)`)
}
