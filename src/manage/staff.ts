import type { Command } from 'commander'
import { updateAccess } from '../db/account.ts'
import { insertAuditEvent } from '../db/audit.ts'
import { noDeadline } from '../db/deadline.ts'
import { findLogin, insertStaff, listStaff, moveStaff, removeStaff } from '../db/staff.ts'
import { updateProfile } from '../db/users.ts'
import { hashPassword } from '../passwords/hash.ts'
import { passwordProblem } from '../passwords/policy.ts'
import { maskPhone, toE164 } from '../phone.ts'
import type { CommandContext, WithDatabase } from './context.ts'
import { departmentFrom } from './department.ts'
import { nameFrom, OperatorError, printEnded, printRows, readPassword } from './terminal.ts'

export function staffCommand(staff: Command, run: WithDatabase): void {
  staff
    .command('add <phone>')
    .description('make somebody staff; the password is asked for, or read from standard input')
    .requiredOption('--name <full name>', 'who it is')
    .requiredOption('--department <name>', 'where they work')
    .action((typed: string, options: { name: string; department: string }) =>
      run(async (context) => {
        const phone = toE164(typed, context.config.phone.countries)
        const fullName = nameFrom(options.name)
        const department = await departmentFrom(context, options.department)
        const passwordHash = await newPasswordHash(context, [phone, fullName, department.name])
        const fields = { phone, fullName, passwordHash, departmentId: department.id }
        if (!(await insertStaff(context.db, fields))) throw new OperatorError(`${phone} is staff already.`)
        printRows(context, [[phone, fullName, department.name]])
      })
    )

  staff
    .command('list')
    .description('print number, name, department and state of every staff member')
    .action(() =>
      run(async (context) => {
        const members = await listStaff(context.db)
        const rows = members.map(({ user, department }) => [
          user.phoneNumber,
          user.fullName,
          department,
          state(user)
        ])
        printRows(context, rows)
      })
    )

  staff
    .command('set-password <phone>')
    .description('change the password and end every session')
    .action((phone: string) =>
      run(async (context) => {
        const { user } = await findStaff(context, phone)
        const passwordHash = await newPasswordHash(context, [user.phoneNumber, user.fullName ?? ''])
        const ended = await updateAccess(context.db, user.id, { passwordHash })
        printEnded(context, user, 'new password', ended)
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
        run(async (context) => {
          const { user } = await findStaff(context, phone)
          printEnded(
            context,
            user,
            state({ isActive }),
            await updateAccess(context.db, user.id, { isActive })
          )
        })
      )
  }

  staff
    .command('move <phone>')
    .description('put somebody into another department and end every session')
    .requiredOption('--department <name>', 'where they work from now on')
    .action((phone: string, options: { department: string }) =>
      run(async (context) => {
        const { user } = await findStaff(context, phone)
        const department = await departmentFrom(context, options.department)
        printEnded(context, user, department.name, await moveStaff(context.db, user.id, department.id))
      })
    )

  staff
    .command('rename <phone>')
    .description('change the name')
    .requiredOption('--name <full name>', 'who it is')
    .action((phone: string, options: { name: string }) =>
      run(async (context) => {
        const { user } = await findStaff(context, phone)
        const fullName = nameFrom(options.name)
        await context.db.transaction(async (tx) => {
          await insertAuditEvent(tx, 'staff_renamed', user.id)
          await updateProfile(tx, user.id, { fullName }, noDeadline)
        })
        printRows(context, [[maskPhone(user.phoneNumber), fullName]])
      })
    )

  staff
    .command('remove <phone>')
    .description(
      'take somebody out of the staff, delete the password and end every session; the citizen stays'
    )
    .action((phone: string) =>
      run(async (context) => {
        const { user } = await findStaff(context, phone)
        printEnded(context, user, 'citizen', await removeStaff(context.db, user.id))
      })
    )
}

function state({ isActive }: { isActive: boolean }): string {
  return isActive ? 'active' : 'disabled'
}

async function findStaff({ config, db }: CommandContext, typed: string) {
  const phone = toE164(typed, config.phone.countries)
  const login = await findLogin(db, phone)
  if (!login?.departmentId) throw new OperatorError(`${phone} is not staff.`)
  return login
}

async function newPasswordHash(context: CommandContext, ownWords: string[]): Promise<string> {
  const password = await readPassword(context)
  const problem = passwordProblem(password, context.config.passwords.minLength, ownWords)
  if (problem) throw new OperatorError(problem)
  return hashPassword(password)
}
