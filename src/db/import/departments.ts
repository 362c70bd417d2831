import { sql } from 'drizzle-orm'
import type { Db } from '../client.ts'
import type { Outcome, Stretch } from './outcome.ts'

/** Imports the departments of a stretch; one that exists, by id or by name, stays as it is. */
export async function importDepartments(db: Db, stretch: Stretch): Promise<Outcome[]> {
  return db.transaction(async (tx) => {
    const outcomes = await decide(tx, stretch)
    if (!stretch.dryRun) await insert(tx, stretch)
    return outcomes
  })
}

async function decide(tx: Db, { after, upTo }: Stretch): Promise<Outcome[]> {
  return tx.execute<Outcome>(sql`
    with decided as (
      select i.row_nr, found.id as found_id, twin.other,
        case when twin.other is null then coalesce(found.id, i.id, gen_random_uuid()) end as department_id,
        case when twin.other is not null then 'twin' when found.id is null then 'imported' else 'unchanged' end as outcome
      from import_departments i
      left join lateral (
        select id from departments d where d.id = i.id or d.name = i.name order by d.id = i.id desc nulls last limit 1
      ) found on true
      left join lateral (
        select min(o.row_nr) as other from import_departments o
        where (o.name = i.name or o.pk = i.pk or o.id = i.id) and o.row_nr <> i.row_nr
      ) twin on true
      where i.row_nr > ${after} and i.row_nr <= ${upTo}
    )
    update import_departments i set department_id = d.department_id from decided d where d.row_nr = i.row_nr
    returning i.row_nr, i.pk, d.outcome, d.other,
      case when d.outcome = 'unchanged' and d.found_id <> i.id then 'another id' end as note`)
}

async function insert(tx: Db, { after, upTo }: Stretch): Promise<void> {
  await tx.execute(sql`
    insert into departments (id, name)
    select department_id, name from import_departments
    where row_nr > ${after} and row_nr <= ${upTo} and department_id is not null
    on conflict do nothing`)
  // Somebody may have added one of that name since it was decided.
  await tx.execute(sql`
    update import_departments i set department_id = d.id from departments d
    where d.name = i.name and d.id <> i.department_id and row_nr > ${after} and row_nr <= ${upTo}
      and not exists (select from departments same where same.id = i.department_id)`)
}
