import { asc, eq } from 'drizzle-orm'
import type { Db } from './client.ts'
import { type Department, departments } from './schema.ts'

/** Adds a department; undefined when one of that name exists. */
export async function insertDepartment(db: Db, name: string): Promise<Department | undefined> {
  const [department] = await db.insert(departments).values({ name }).onConflictDoNothing().returning()
  return department
}

export async function findDepartmentByName(db: Db, name: string): Promise<Department | undefined> {
  const [department] = await db.select().from(departments).where(eq(departments.name, name))
  return department
}

export async function listDepartments(db: Db): Promise<Department[]> {
  return db.select().from(departments).orderBy(asc(departments.name))
}
