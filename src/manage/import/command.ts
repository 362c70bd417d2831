import { type Command, InvalidArgumentError } from 'commander'
import { StagingLost } from '../../db/import/staging.ts'
import type { CommandContext, WithDatabase } from '../context.ts'
import { OperatorError, printRows } from '../terminal.ts'
import { DumpInvalid } from './dump.ts'
import { createLayout, fieldPaths, type Layout, modelNames, models } from './models.ts'
import { openDump } from './open-dump.ts'
import { createProgress } from './progress.ts'
import { createReport } from './report.ts'
import { importDjango } from './run.ts'

interface Options {
  dryRun: boolean
  takeOver: boolean
  batchSize: number
  model: string[]
  field: string[]
}

const help = `
Models, and the labels they have unless --model says otherwise:
${modelNames.map((name) => `  ${name.padEnd(12)}${models[name].labels.join(', ')}`).join('\n')}

Fields, and the names they have unless --field says otherwise:
${fieldPaths()
  .map((path) => `  ${path}`)
  .join('\n')}

A number that two rows share, a landline, a broken row: each is told in a line, with its row and pk, and not imported.
Run it again as often as you like: it fills what is missing and changes nothing else.
Exit code 0: everything went in or was there; 1: something was refused, or the file could not be read.`

export function importCommand(command: Command, run: WithDatabase): void {
  command
    .command('django <file>')
    .description(
      'take over users, profiles, staff and departments from what `dumpdata` wrote; - is standard input'
    )
    .option('--dry-run', 'say what would happen and write nothing', false)
    .option(
      '--take-over',
      'make accounts that were here before staff, with the password; look at each with --dry-run first',
      false
    )
    .option('--batch-size <rows>', 'rows in one transaction', batchSize, 1_000)
    .option(
      '--model <name=label>',
      'where a model is found, e.g. user=accounts.user; may be repeated, for one model too',
      collect,
      []
    )
    .option(
      '--field <model.field=name>',
      'what a field is called, e.g. user.phone=username; may be repeated',
      collect,
      []
    )
    .addHelpText('after', help)
    .action(async (file: string, options: Options, self: Command) => {
      const layout = layoutFrom(options, self)
      await run((context) => importFile(context, file, { ...options, layout }))
    })
}

async function importFile(
  context: CommandContext,
  file: string,
  options: Options & { layout: Layout }
): Promise<void> {
  const { config, db, stdin, stderr } = context
  const dump = await openDump(file, stdin).catch((error: NodeJS.ErrnoException) => {
    throw new OperatorError(`${file} cannot be opened (${error.code}).`)
  })
  const progress = createProgress(stderr)
  const report = createReport(progress.say)
  const mapping = { layout: options.layout, countries: config.phone.countries }
  const { dryRun, takeOver, batchSize } = options
  try {
    await importDjango({ db, dump, mapping, batchSize, dryRun, takeOver, report, progress })
  } catch (error) {
    progress.wipe()
    if (error instanceof DumpInvalid) throw new OperatorError(`${error.message} Nothing was imported.`)
    progress.say(
      dryRun
        ? 'Stopped; this was a dry run: nothing was written.'
        : `Stopped after ${report.imported()} rows; run it again to import the rest.`
    )
    if (error instanceof StagingLost)
      throw new OperatorError('The connection to PostgreSQL was lost; run it again.')
    throw error
  }
  progress.wipe()
  printRows(context, report.table())
  if (options.dryRun) progress.say('Dry run: nothing was written.')
  const { rows, passwords } = report.refused()
  if (rows + passwords > 0) {
    throw new OperatorError(`${rows} rows and ${passwords} passwords were refused; each is named above.`)
  }
}

function layoutFrom({ model, field }: Options, command: Command): Layout {
  try {
    return createLayout(model, field)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return command.error(`error: ${error.message}`)
  }
}

function collect(value: string, before: string[]): string[] {
  return [...before, value]
}

function batchSize(typed: string): number {
  const rows = Number(typed)
  if (Number.isInteger(rows) && rows >= 1 && rows <= 10_000) return rows
  throw new InvalidArgumentError('A batch has 1 to 10000 rows.')
}
