import type { Command } from 'commander'
import { findDepartmentByName } from '../db/departments.ts'
import { findLogin, insertStaff, listStaff, updateStaff } from '../db/staff.ts'
import { hashPassword } from '../password.ts'
import { passwordProblem } from '../password-policy.ts'
import { toE164 } from '../phone.ts'
import type { Run, Workplace } from './index.ts'
import { nameFrom, OperatorError, printRows, readPassword } from './terminal.ts'

export function staffCommand(staff: Command, run: Run): void {
  staff
    .command('add <phone>')
    .description('make somebody staff; the password is asked for, or read from standard input')
    .requiredOption('--name <full name>', 'who it is')
    .requiredOption('--department <name>', 'where they work')
    .action((typed: string, options: { name: string; department: string }) =>
      run(async (workplace) => {
        const phone = toE164(typed, workplace.config.PHONE_COUNTRIES)
        const fullName = nameFrom(options.name)
        const departmentName = nameFrom(options.department)
        const department = await findDepartmentByName(workplace.db, departmentName)
        if (!department) throw new OperatorError(`There is no department named "${departmentName}".`)
        const passwordHash = await newPasswordHash(workplace, [phone, fullName, department.name])
        const fields = { phone, fullName, passwordHash, departmentId: department.id }
        if (!(await insertStaff(workplace.db, fields))) throw new OperatorError(`${phone} is staff already.`)
        printRows(workplace, [[phone, fullName, department.name]])
      })
    )

  staff
    .command('list')
    .description('print number, name, department and state of every staff member')
    .action(() =>
      run(async (workplace) => {
        const members = await listStaff(workplace.db)
        const rows = members.map(({ user, department }) => [
          user.phoneNumber,
          user.fullName,
          department,
          state(user)
        ])
        printRows(workplace, rows)
      })
    )

  staff
    .command('set-password <phone>')
    .description('change the password and end every session')
    .action((phone: string) =>
      run(async (workplace) => {
        const { user } = await findStaff(workplace, phone)
        const passwordHash = await newPasswordHash(workplace, [user.phoneNumber, user.fullName ?? ''])
        await updateStaff(workplace.db, user.id, { passwordHash })
      })
    )

  for (const [name, isActive, description] of [
    ['disable', false, 'lock the account and end every session'],
    ['enable', true, 'unlock the account']
  ] as const) {
    staff
      .command(`${name} <phone>`)
      .description(description)
      .action((phone: string) =>
        run(async (workplace) => {
          const { user } = await findStaff(workplace, phone)
          await updateStaff(workplace.db, user.id, { isActive })
        })
      )
  }
}

function state({ isActive }: { isActive: boolean }): string {
  return isActive ? 'active' : 'disabled'
}

async function findStaff({ config, db }: Workplace, typed: string) {
  const phone = toE164(typed, config.PHONE_COUNTRIES)
  const login = await findLogin(db, phone)
  if (!login?.departmentId) throw new OperatorError(`${phone} is not staff.`)
  return login
}

async function newPasswordHash(workplace: Workplace, ownWords: string[]): Promise<string> {
  const password = await readPassword(workplace)
  const problem = passwordProblem(password, workplace.config.PASSWORD_MIN_LENGTH, ownWords)
  if (problem) throw new OperatorError(problem)
  return hashPassword(password)
}
