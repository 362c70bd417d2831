import { randomUUID } from 'node:crypto'
import t from 'tap'
import { updateAccess } from '../../src/db/account.ts'
import { noDeadline } from '../../src/db/deadline.ts'
import { insertDepartment } from '../../src/db/departments.ts'
import { insertStaff } from '../../src/db/staff.ts'
import { updateProfile } from '../../src/db/users.ts'
import { db } from '../database.ts'
import { randomPhone } from '../helper.ts'
import { insertSession, insertUser } from '../rows.ts'
import { run, succeed } from './run.ts'

t.test('a citizen is shown in full, with a dash for missing values', async (t) => {
  const user = await insertUser()
  await updateProfile(db, user.id, { fullName: 'Aziza Karimova', location: '41.31,69.24' }, noDeadline)
  await insertSession(user.id)

  t.strictSame(await succeed(['user', 'show', user.phoneNumber.slice(4)]), [
    ['id', user.id],
    ['phone_number', user.phoneNumber],
    ['role', 'citizen'],
    ['state', 'active'],
    ['full_name', 'Aziza Karimova'],
    ['neighborhood', '-'],
    ['location', '41.31,69.24'],
    ['department_id', '-'],
    ['created_at', user.createdAt.toISOString()],
    ['live_sessions', '1']
  ])
})

t.test('a staff member is shown with the department and whether the account is locked', async (t) => {
  const { id, phoneNumber: phone } = await insertUser()
  const departmentId = (await insertDepartment(db, randomUUID()))?.id ?? ''
  await insertStaff(db, { phone, departmentId, fullName: 'Olim', passwordHash: 'a hash nobody may see' })
  await updateAccess(db, id, { isActive: false })

  const { stdout } = await run(['user', 'show', phone])
  const shown = Object.fromEntries(stdout.split('\n').map((line) => line.split('\t')))
  t.match(shown, { role: 'staff', state: 'disabled', department_id: departmentId, live_sessions: '0' })
  t.notMatch(stdout, 'a hash nobody may see')
})

t.test('unknown and invalid numbers are told apart', async (t) => {
  const phone = randomPhone()
  t.match(await run(['user', 'show', phone]), {
    code: 1,
    stderr: `manage: Nobody has the number ${phone}.\n`
  })
  t.match(await run(['user', 'show', '12']), { code: 1, stderr: /^manage: This is not a mobile number/ })
})

t.test('the countries of phone numbers are a setting', async (t) => {
  const kazakh = `+7701${randomPhone().slice(-7)}`
  await insertUser(kazakh)
  t.equal((await run(['user', 'show', kazakh])).code, 1)
  const shown = await succeed(['user', 'show', kazakh], '', { PHONE_COUNTRIES: 'UZ,KZ' })
  t.strictSame(shown[1], ['phone_number', kazakh])
})
