import { Command, CommanderError } from 'commander'
import { ConfigInvalid, type Environment, loadOperatorConfig, type OperatorConfig } from '../config.ts'
import { connect, type Db } from '../db/client.ts'
import { migrate } from '../db/migrate.ts'
import { ApiError } from '../errors.ts'
import { isOutage } from '../outage.ts'
import { departmentCommand } from './department.ts'
import { staffCommand } from './staff.ts'
import { OperatorError, type Terminal } from './terminal.ts'
import { userCommand } from './user.ts'

/** What a command works with. `db` opens on first use and is closed when the command ends. */
export interface Workplace extends Terminal {
  config: OperatorConfig
  db: Db
}

/**
 * The operator's command.
 * @param argv what stands behind the command's name
 * @returns the exit code: 0 done, 1 could not be done, 2 the call is wrong
 */
export async function manage(argv: string[], env: Environment, terminal: Terminal): Promise<number> {
  try {
    const config = loadOperatorConfig(env)
    const { db, close } = connect({
      url: config.DATABASE_URL,
      poolMax: 1,
      timeoutMs: config.DATABASE_TIMEOUT_MS
    })
    try {
      await createProgram({ ...terminal, config, db }).parseAsync(argv, { from: 'user' })
      return 0
    } finally {
      await close()
    }
  } catch (error) {
    // commander has already printed its own: the help that was asked for, or what is wrong with the call.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    terminal.stderr.write(`manage: ${explain(error)}\n`)
    return 1
  }
}

function createProgram(workplace: Workplace): Command {
  const program = new Command('manage')
    .description('Departments, staff and users of citizen-auth. Settings: see .env.example.')
    .configureOutput({
      writeOut: (text) => workplace.stdout.write(text),
      writeErr: (text) => workplace.stderr.write(text)
    })
    .exitOverride()
    .showSuggestionAfterError()
  // Subcommands take over the settings above only when they are made by their parent.
  departmentCommand(program.command('department').description('where staff work'), workplace)
  staffCommand(program.command('staff').description('who signs in with a password'), workplace)
  userCommand(program.command('user').description('anybody who has an account'), workplace)
  program
    .command('migrate')
    .description('bring the database up to the newest version')
    .action(() => migrate(workplace.config.DATABASE_URL))
  return program
}

function explain(error: unknown): string {
  if (error instanceof OperatorError || error instanceof ConfigInvalid || error instanceof ApiError)
    return error.message
  if (isOutage(error)) return 'PostgreSQL does not answer at DATABASE_URL.'
  if (error instanceof Error && error.name === 'ExitPromptError') return 'stopped; nothing was changed.'
  throw error
}
