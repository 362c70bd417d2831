import { insertDepartment } from '../src/db/departments.ts'
import { insertStaff } from '../src/db/staff.ts'
import { hashPassword } from '../src/passwords/hash.ts'
import { db } from './database.ts'
import { keysLike, randomPhone, redis } from './helper.ts'

export const staffPassword = 'bog tulpor yomgir 7'

/** Creates a staff member in a new department. */
export async function createStaff(phone = randomPhone(), password = staffPassword) {
  const department = await insertDepartment(db, `Department of ${phone}`)
  if (!department) throw new Error('the department exists')
  const passwordHash = await hashPassword(password)
  await insertStaff(db, { phone, fullName: 'Gulnora Karimova', passwordHash, departmentId: department.id })
  return { phone, password, department }
}

/** Replaces the wait after a wrong password: as if none had been typed for this number. */
export async function skipWait(phone: string): Promise<void> {
  for (const key of await keysLike(`login:{${phone}}:row:*`)) await redis.del(key)
}
