import type { Command } from 'commander'
import { insertAuditEvent } from '../db/audit.ts'
import { endAllSessions } from '../db/end-all-sessions.ts'
import type { WithDatabase } from './context.ts'
import { OperatorError, printRows } from './terminal.ts'

/** Sessions ended in one statement, which takes a fraction of a second. */
const BATCH = 2_000

export function sessionsCommand(command: Command, run: WithDatabase): void {
  command
    .command('end-all')
    .description(
      'sign everybody out, citizens and staff: after a restore, or when a secret of the tokens leaked'
    )
    .requiredOption('--before <time>', 'sessions that began before it, e.g. 2026-11-27T18:00:00Z')
    .action(({ before: typed }: { before: string }) =>
      run(async (context) => {
        const before = momentFrom(typed)
        await insertAuditEvent(context.db, 'all_sessions_ended')
        const { ended, left } = await endAllSessions(context.db, { before, limit: BATCH })
        printRows(context, [[`sessions ended: ${ended}`, `left: ${left}`]])
        if (left > 0) throw new OperatorError('Some were in use at that moment; run this again.')
      })
    )
}

/** Reads a time, as ISO 8601 in UTC. @throws OperatorError when it is invalid, has no zone or lies in the future */
function momentFrom(typed: string): string {
  const moment = Date.parse(typed)
  if (!/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(typed) || Number.isNaN(moment))
    throw new OperatorError('A time has a date, an hour and a zone: 2026-11-27T18:00:00Z.')
  if (moment > Date.now()) throw new OperatorError('That time is yet to come.')
  return new Date(moment).toISOString()
}
