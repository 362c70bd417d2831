import { connect } from '../../src/db/client.ts'
import { insertDepartment } from '../../src/db/departments.ts'
import { insertStaff } from '../../src/db/staff.ts'
import { hashPassword } from '../../src/passwords/hash.ts'
import { DAY, type Figure, mostWithin } from './report.ts'
import type { Target } from './target.ts'

const PHONE = '+998901000007'
const PASSWORD = 'bog tulpor yomgir 7'

/** Tries wrong passwords for one staff member for a day, each from a new address. */
export async function staffGuessing(target: Target): Promise<Figure[]> {
  await hire(target.database, PHONE)
  const judged: number[] = []
  let opened = 0
  let longest = 0
  const end = target.now() + DAY * 1_000
  while (target.now() < end) {
    const { status, retry_after = 0 } = await target.login(PHONE, 'not this one', target.newAddress())
    if (status === 401) {
      judged.push(target.now())
      continue
    }
    if ((await target.login(PHONE, PASSWORD, target.newAddress())).status === 200) opened++
    longest = Math.max(longest, retry_after)
    await target.pass(retry_after)
  }
  const name = 'staff guessing'
  return [
    {
      case: `${name}: passwords judged in 24 h`,
      measured: mostWithin(DAY, judged),
      allowed: target.config.login.maxFailuresPerDay
    },
    { case: `${name}: right passwords taken when refused`, measured: opened, allowed: 0 },
    { case: `${name}: seconds its owner may wait`, measured: longest, note: 'for comparison' }
  ]
}

/** Creates a staff member in a department of their own. */
export async function hire(url: string, phone: string): Promise<{ phone: string; password: string }> {
  const { db, close } = connect({ url, poolMax: 1, timeoutMs: 5_000 })
  const department = await insertDepartment(db, `Attacked ${phone}`)
  const fields = { phone, fullName: 'Attacked', passwordHash: await hashPassword(PASSWORD) }
  await insertStaff(db, { ...fields, departmentId: department?.id ?? '' })
  await close()
  return { phone, password: PASSWORD }
}
