import { Command, CommanderError } from 'commander'
import { ConfigInvalid, loadKeysConfig, loadOperatorConfig, loadSmsConfig } from '../config/load.ts'
import type { Environment } from '../config/settings.ts'
import { connect } from '../db/client.ts'
import { migrate } from '../db/migrate.ts'
import { safeError } from '../http/logger.ts'
import { KeyFileInvalid } from '../keys/file.ts'
import { isOutage, isUnmigrated } from '../outage.ts'
import { isGarbled } from '../text/utf8.ts'
import { citizenCommand } from './citizen.ts'
import type { WithDatabase, WithGateways, WithKeys } from './context.ts'
import { departmentCommand } from './department.ts'
import { importCommand } from './import/command.ts'
import { keysCommand } from './keys.ts'
import { sessionsCommand } from './sessions.ts'
import { smsCommand } from './sms.ts'
import { staffCommand } from './staff.ts'
import { OperatorError, type Terminal } from './terminal.ts'
import { userCommand } from './user.ts'

/** SQLSTATE, PostgreSQL appendix A. */
const QUERY_CANCELED = '57014'
const LOCK_NOT_AVAILABLE = '55P03'

/**
 * Runs the operator's command.
 * @param argv the arguments after the command's name
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage
 */
export async function manage(argv: string[], env: Environment, terminal: Terminal): Promise<number> {
  const onDatabase =
    (needsSession: boolean): WithDatabase =>
    async (work) => {
      const config = loadOperatorConfig(env)
      const { url, timeoutMs, prepare } = config.database
      // The import stays on one connection from start to end: no other one sees its temporary tables.
      const { db, close } = connect({
        url,
        timeoutMs,
        prepare,
        needsSession,
        poolMax: 1,
        keepConnections: true
      })
      await work({ ...terminal, config, db }).finally(close)
    }
  const run = onDatabase(false)
  const runOnKeys: WithKeys = async (work) => work({ ...terminal, config: loadKeysConfig(env) })
  const runOnGateways: WithGateways = async (work) => work({ ...terminal, config: loadSmsConfig(env) })
  if (argv.some(isGarbled)) {
    terminal.stderr.write('error: an argument is not in UTF-8; set the terminal to UTF-8.\n')
    return 2
  }
  try {
    await createProgram(terminal, run, onDatabase(true), runOnKeys, runOnGateways).parseAsync(argv, {
      from: 'user'
    })
    return 0
  } catch (error) {
    // commander has already printed the help that was asked for, or what is wrong with the call.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    terminal.stderr.write(`manage: ${explain(error)}\n`)
    return 1
  }
}

function createProgram(
  terminal: Terminal,
  run: WithDatabase,
  runInSession: WithDatabase,
  runOnKeys: WithKeys,
  runOnGateways: WithGateways
): Command {
  const program = new Command('manage')
    .description('Departments, staff, users and keys of citizen-auth. Settings: see .env.example.')
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text)
    })
    .exitOverride()
    .showSuggestionAfterError()
  // Subcommands inherit the settings above only when their parent creates them.
  departmentCommand(program.command('department').description('where staff work'), run)
  staffCommand(program.command('staff').description('who signs in with a password'), run)
  citizenCommand(program.command('citizen').description('who signs in with a code'), run)
  sessionsCommand(program.command('sessions').description('where everybody is signed in'), run)
  userCommand(program.command('user').description('anybody who has an account'), run)
  keysCommand(program.command('keys').description('what signs the tokens; needs no database'), runOnKeys)
  smsCommand(program.command('sms').description('who carries the codes; needs no database'), runOnGateways)
  importCommand(program.command('import').description('take over the users of another system'), runInSession)
  program
    .command('migrate')
    .description('bring the database up to the newest version')
    .action(() => run(({ config }) => migrate(config.database.url, config.migrations)))
  return program
}

/** Explains an error in one line without statement, parameters or stack: the drivers' own errors quote numbers and hashes. */
function explain(error: unknown): string {
  const { code, message } = safeError(error)
  if (code === QUERY_CANCELED)
    return 'PostgreSQL gave a statement up after DATABASE_TIMEOUT_MS; give it more time and run this again.'
  if (code === LOCK_NOT_AVAILABLE)
    return 'Somebody holds a table that the migration needs for longer than MIGRATION_LOCK_TIMEOUT_MS; run this again.'
  if (isOutage(error)) return 'PostgreSQL does not answer at DATABASE_URL.'
  if (error instanceof Error && error.name === 'ExitPromptError') return 'stopped; nothing was changed.'
  // These messages may quote what the operator typed in full.
  if (error instanceof OperatorError || error instanceof ConfigInvalid || error instanceof KeyFileInvalid)
    return error.message
  return isUnmigrated(error) ? 'The database lacks migrations; run "migrate" first.' : message
}
