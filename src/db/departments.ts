import { and, asc, desc, eq, isNull, notExists, or } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import { comparableName } from '../text/name.ts'
import { insertAuditEvent } from './audit.ts'
import type { Db } from './client.ts'
import { type Department, departments } from './schema.ts'
import { isForeignKeyViolation, isUniqueViolation } from './violations.ts'

/** Adds a department; undefined when there is already one whose name compares the same. */
export async function insertDepartment(db: Db, name: string): Promise<Department | undefined> {
  const [department] = await db
    .insert(departments)
    .values({ name, comparableName: comparableName(name) })
    .onConflictDoNothing()
    .returning()
  return department
}

/** Finds the department with this name, or else one whose name compares the same. */
export async function findDepartmentByName(db: Db, name: string): Promise<Department | undefined> {
  const isExact = eq(departments.name, name)
  const [department] = await db
    .select()
    .from(departments)
    .where(or(isExact, eq(departments.comparableName, comparableName(name))))
    .orderBy(desc(isExact))
    .limit(1)
  return department
}

/** Renames a department; undefined when another one has a name that compares the same. */
export async function renameDepartment(db: Db, id: string, name: string): Promise<Department | undefined> {
  const renamed = db.transaction(async (tx) => {
    const [department] = await tx
      .update(departments)
      .set({ name, comparableName: comparableName(name) })
      .where(eq(departments.id, id))
      .returning()
    if (department) await insertAuditEvent(tx, 'department_renamed')
    return department
  })
  return renamed.catch((error: unknown) => {
    if (isUniqueViolation(error)) return undefined
    throw error
  })
}

/** Deletes a department; false when someone works there. */
export async function deleteDepartment(db: Db, id: string): Promise<boolean> {
  const deleted = db.transaction(async (tx) => {
    const gone = await tx.delete(departments).where(eq(departments.id, id)).returning()
    if (gone.length > 0) await insertAuditEvent(tx, 'department_deleted')
    return true
  })
  return deleted.catch((error: unknown) => {
    if (isForeignKeyViolation(error)) return false
    throw error
  })
}

export async function listDepartments(db: Db): Promise<Department[]> {
  return db.select().from(departments).orderBy(asc(departments.name))
}

/** Fills in comparable names that older versions lack; of departments that now compare the same only the oldest gets it. */
export async function fillComparableNames(db: Db): Promise<void> {
  const same = alias(departments, 'same')
  const lacking = isNull(departments.comparableName)
  for (const { id, name } of await db
    .select()
    .from(departments)
    .where(lacking)
    .orderBy(departments.createdAt)) {
    const comparable = comparableName(name)
    const taken = db.select().from(same).where(eq(same.comparableName, comparable))
    await db
      .update(departments)
      .set({ comparableName: comparable })
      .where(and(eq(departments.id, id), notExists(taken)))
  }
}
