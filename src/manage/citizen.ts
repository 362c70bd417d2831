import type { Command } from 'commander'
import { updateAccess } from '../db/account.ts'
import { insertAuditEvent } from '../db/audit.ts'
import { listFormerOwners, restoreNumber } from '../db/former-numbers.ts'
import { endSessions } from '../db/sessions.ts'
import { toE164 } from '../phone.ts'
import type { CommandContext, WithDatabase } from './context.ts'
import { OperatorError, printEnded } from './terminal.ts'
import { showCommand, userFrom } from './user.ts'

// Known devices are kept in Redis, which the operator's command does not use.
const devicesStay = `
Devices that are known to the number stay known; that alone signs nobody in. Who ends all sessions in the app makes them
forgotten.`

export function citizenCommand(citizen: Command, run: WithDatabase): void {
  showCommand(citizen, run)

  for (const [name, isActive, description] of [
    ['disable', false, 'switch the account off and end every session'],
    ['enable', true, 'switch the account on']
  ] as const) {
    citizen
      .command(`${name} <phone>`)
      .description(description)
      .addHelpText('after', isActive ? '' : devicesStay)
      .action((phone: string) =>
        run(async (context) => {
          const { user, departmentId } = await userFrom(context, phone)
          if (departmentId) throw new OperatorError(`${user.phoneNumber} is staff; use "staff ${name}".`)
          const ended = await updateAccess(context.db, user.id, { isActive })
          printEnded(context, user, isActive ? 'active' : 'disabled', ended)
        })
      )
  }

  citizen
    .command('end-sessions <phone>')
    .description('sign out everywhere')
    .addHelpText('after', devicesStay)
    .action((phone: string) =>
      run(async (context) => {
        const { user } = await userFrom(context, phone)
        const ended = await context.db.transaction(async (tx) => {
          await insertAuditEvent(tx, 'sessions_ended', user.id)
          return endSessions(tx, user.id)
        })
        printEnded(context, user, 'signed out', ended)
      })
    )

  citizen
    .command('restore-number <old-phone>')
    .description(
      'give the number back that a change took from an account in the last 30 days; ends every session'
    )
    .option('--user <id>', 'which account, when several had the number')
    .action((typed: string, options: { user?: string }) =>
      run(async (context) => {
        const phone = toE164(typed, context.config.phone.countries)
        const owner = await formerOwner(context, phone, options.user)
        const restored = await restoreNumber(context.db, owner.id, phone)
        if (!restored) throw new OperatorError('The account was deleted a moment ago.')
        if (restored === 'taken') {
          throw new OperatorError(
            `${phone} has another account now. Whoever holds the number can delete that one in the app; then run this again.`
          )
        }
        printEnded(context, restored.user, 'number restored', restored.ended)
      })
    )
}

/** @throws OperatorError when no account lost the number, or several did and none is named */
async function formerOwner({ db }: CommandContext, phone: string, userId?: string) {
  const owners = (await listFormerOwners(db, phone)).filter(({ user }) => !userId || user.id === userId)
  const [owner, ...others] = owners
  if (!owner) {
    const whose = userId ? ' of this id' : ''
    throw new OperatorError(`No change took the number ${phone} from an account${whose} in the last 30 days.`)
  }
  if (others.length === 0) return owner.user
  const list = owners.map(({ user, takenAt }) => `${user.id} (until ${takenAt.toISOString()})`)
  throw new OperatorError(`Several accounts had the number; name one with --user: ${list.join(', ')}.`)
}
