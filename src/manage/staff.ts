import type { Command } from 'commander'
import { updateAccess } from '../db/account.ts'
import { insertAuditEvent } from '../db/audit.ts'
import { noDeadline } from '../db/deadline.ts'
import { findLogin, insertStaff, listStaff, moveStaff, removeStaff } from '../db/staff.ts'
import { updateProfile } from '../db/users.ts'
import { hashPassword } from '../password.ts'
import { passwordProblem } from '../password-policy.ts'
import { maskPhone, toE164 } from '../phone.ts'
import { departmentFrom } from './department.ts'
import type { Run, Workplace } from './index.ts'
import { nameFrom, OperatorError, printEnded, printRows, readPassword } from './terminal.ts'

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
        const department = await departmentFrom(workplace, options.department)
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
        const ended = await updateAccess(workplace.db, user.id, { passwordHash })
        printEnded(workplace, user, 'new password', ended)
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
          printEnded(
            workplace,
            user,
            state({ isActive }),
            await updateAccess(workplace.db, user.id, { isActive })
          )
        })
      )
  }

  staff
    .command('move <phone>')
    .description('put somebody into another department and end every session')
    .requiredOption('--department <name>', 'where they work from now on')
    .action((phone: string, options: { department: string }) =>
      run(async (workplace) => {
        const { user } = await findStaff(workplace, phone)
        const department = await departmentFrom(workplace, options.department)
        printEnded(workplace, user, department.name, await moveStaff(workplace.db, user.id, department.id))
      })
    )

  staff
    .command('rename <phone>')
    .description('change the name')
    .requiredOption('--name <full name>', 'who it is')
    .action((phone: string, options: { name: string }) =>
      run(async (workplace) => {
        const { user } = await findStaff(workplace, phone)
        const fullName = nameFrom(options.name)
        await workplace.db.transaction(async (tx) => {
          await insertAuditEvent(tx, 'staff_renamed', user.id)
          await updateProfile(tx, user.id, { fullName }, noDeadline)
        })
        printRows(workplace, [[maskPhone(user.phoneNumber), fullName]])
      })
    )

  staff
    .command('remove <phone>')
    .description(
      'take somebody out of the staff, delete the password and end every session; the citizen stays'
    )
    .action((phone: string) =>
      run(async (workplace) => {
        const { user } = await findStaff(workplace, phone)
        printEnded(workplace, user, 'citizen', await removeStaff(workplace.db, user.id))
      })
    )
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
