import type { Command } from 'commander'
import { findDepartmentByName } from '../db/departments.ts'
import { findLogin, insertStaff, listStaff, updateStaff } from '../db/staff.ts'
import { hashPassword } from '../password.ts'
import { passwordProblem } from '../password-policy.ts'
import { toE164 } from '../phone.ts'
import type { Workplace } from './index.ts'
import { OperatorError, printRows, readPassword } from './terminal.ts'

export function staffCommand(staff: Command, workplace: Workplace): void {
  const { config, db } = workplace

  staff
    .command('add <phone>')
    .description('make somebody staff; the password is asked for, or read from standard input')
    .requiredOption('--name <full name>', 'who it is')
    .requiredOption('--department <name>', 'where they work')
    .action(async (typed: string, options: { name: string; department: string }) => {
      const phone = toE164(typed, config.PHONE_COUNTRIES)
      const department = await findDepartmentByName(db, options.department)
      if (!department) throw new OperatorError(`There is no department named "${options.department}".`)
      const passwordHash = await newPasswordHash([phone, options.name, options.department])
      const fields = { phone, fullName: options.name, passwordHash, departmentId: department.id }
      if (!(await insertStaff(db, fields))) throw new OperatorError(`${phone} is staff already.`)
      printRows(workplace, [[phone, options.name, department.name]])
    })

  staff
    .command('list')
    .description('print number, name, department and state of every staff member')
    .action(async () => {
      const members = await listStaff(db)
      printRows(
        workplace,
        members.map(({ user, department }) => [
          ...[user.phoneNumber, user.fullName, department],
          user.isActive ? 'active' : 'disabled'
        ])
      )
    })

  staff
    .command('set-password <phone>')
    .description('change the password and end every session')
    .action(async (phone: string) => {
      const { user } = await findStaff(phone)
      const passwordHash = await newPasswordHash([user.phoneNumber, user.fullName ?? ''])
      await updateStaff(db, user.id, { passwordHash })
    })

  for (const [name, isActive, description] of [
    ['disable', false, 'lock the account and end every session'],
    ['enable', true, 'unlock the account']
  ] as const) {
    staff
      .command(`${name} <phone>`)
      .description(description)
      .action(async (phone: string) => {
        const { user } = await findStaff(phone)
        await updateStaff(db, user.id, { isActive })
      })
  }

  async function findStaff(typed: string) {
    const phone = toE164(typed, config.PHONE_COUNTRIES)
    const login = await findLogin(db, phone)
    if (!login?.departmentId) throw new OperatorError(`${phone} is not staff.`)
    return login
  }

  async function newPasswordHash(ownWords: string[]): Promise<string> {
    const password = await readPassword(workplace)
    const problem = passwordProblem(password, config.PASSWORD_MIN_LENGTH, ownWords)
    if (problem) throw new OperatorError(problem)
    return hashPassword(password)
  }
}
