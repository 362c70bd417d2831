import type postgres from 'postgres'
import { hashPassword } from '../../src/passwords/hash.ts'
import { type Caller, callerOf } from './calls.ts'

const PASSWORD = 'bog tulpor yomgir 7'

/** Creates staff who can sign in. Uses plain SQL, because another revision's tables may differ from ours. */
export async function createStaff(sql: postgres.Sql, count: number): Promise<Caller[]> {
  const password_hash = await hashPassword(PASSWORD)
  const staff = Array.from({ length: count }, (_, place) => callerOf(place, '+99891'))
  const users = staff.map(({ phone_number }) => ({ phone_number, full_name: 'Benchmark', password_hash }))
  await sql`insert into users ${sql(users)}`
  await sql`insert into departments (name) values ('Benchmark')`
  await sql`insert into staff_profiles (user_id, department_id)
    select users.id, departments.id from users, departments where phone_number like '+99891%'`
  return staff.map((caller) => ({ ...caller, password: PASSWORD }))
}
