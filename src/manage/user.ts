import type { Command } from 'commander'
import { countLiveSessions } from '../db/sessions.ts'
import { findLogin } from '../db/staff.ts'
import { toE164 } from '../phone.ts'
import type { Run, Workplace } from './index.ts'
import { OperatorError, printRows } from './terminal.ts'

export function userCommand(command: Command, run: Run): void {
  showCommand(command, run)
}

/** `show`: a user has one face, whatever they are called. */
export function showCommand(command: Command, run: Run): void {
  command
    .command('show <phone>')
    .description('print what is known about the user with this number')
    .action((typed: string) =>
      run(async (workplace) => {
        const { user, departmentId } = await userFrom(workplace, typed)
        printRows(workplace, [
          ['id', user.id],
          ['phone_number', user.phoneNumber],
          ['role', departmentId ? 'staff' : 'citizen'],
          ['state', user.isActive ? 'active' : 'disabled'],
          ['full_name', user.fullName],
          ['neighborhood', user.neighborhood],
          ['location', user.location],
          ['department_id', departmentId],
          ['created_at', user.createdAt.toISOString()],
          ['live_sessions', await countLiveSessions(workplace.db, user.id)]
        ])
      })
    )
}

/** The user whose number was typed. @throws OperatorError when nobody has it */
export async function userFrom({ config, db }: Workplace, typed: string) {
  const phone = toE164(typed, config.PHONE_COUNTRIES)
  const found = await findLogin(db, phone)
  if (!found) throw new OperatorError(`Nobody has the number ${phone}.`)
  return found
}
