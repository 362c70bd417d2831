import type { Command } from 'commander'
import { countLiveSessions } from '../db/sessions.ts'
import { findLogin } from '../db/staff.ts'
import { toE164 } from '../phone.ts'
import type { Workplace } from './index.ts'
import { OperatorError, printRows } from './terminal.ts'

export function userCommand(user: Command, workplace: Workplace): void {
  const { config, db } = workplace

  user
    .command('show <phone>')
    .description('print what is known about the user with this number')
    .action(async (typed: string) => {
      const phone = toE164(typed, config.PHONE_COUNTRIES)
      const found = await findLogin(db, phone)
      if (!found) throw new OperatorError(`Nobody has the number ${phone}.`)
      const { user, departmentId } = found
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
        ['live_sessions', await countLiveSessions(db, user.id)]
      ])
    })
}
