import type { Command } from 'commander'
import { countLiveSessions } from '../db/sessions.ts'
import { findLogin } from '../db/staff.ts'
import { toE164 } from '../phone.ts'
import type { CommandContext, WithDatabase } from './context.ts'
import { OperatorError, printRows } from './terminal.ts'

export function userCommand(command: Command, run: WithDatabase): void {
  showCommand(command, run)
}

/** Adds `show`, which prints the same about a user under every command that has it. */
export function showCommand(command: Command, run: WithDatabase): void {
  command
    .command('show <phone>')
    .description('print what is known about the user with this number')
    .action((typed: string) =>
      run(async (context) => {
        const { user, departmentId } = await userFrom(context, typed)
        printRows(context, [
          ['id', user.id],
          ['phone_number', user.phoneNumber],
          ['role', departmentId ? 'staff' : 'citizen'],
          ['state', user.isActive ? 'active' : 'disabled'],
          ['full_name', user.fullName],
          ['neighborhood', user.neighborhood],
          ['location', user.location],
          ['department_id', departmentId],
          ['created_at', user.createdAt.toISOString()],
          ['live_sessions', await countLiveSessions(context.db, user.id)]
        ])
      })
    )
}

/** Finds the user whose number was typed. @throws OperatorError when nobody has it */
export async function userFrom({ config, db }: CommandContext, typed: string) {
  const phone = toE164(typed, config.phone.countries)
  const found = await findLogin(db, phone)
  if (!found) throw new OperatorError(`Nobody has the number ${phone}.`)
  return found
}
