import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'

const PROCESSES = 12
/** The line of a test file that must not share a process, with the reason. */
const ALONE = /^\/\/ Alone in its process: \S/m
const IN_TURN = new URL('../test/in-turn.ts', import.meta.url).href
const isTestFile = (path: string) => path.endsWith('.test.ts')

/** Tests that take a minute and have a command of their own: `npm run test:browser` and `npm run test:slow`. */
const APART = /^(browser|slow)\//

/**
 * Returns tap arguments that run the same test files in fewer processes: starting one costs more than most files' tests.
 * Without a file it takes all but those that have a command of their own. A single file, or another command for tap, is left as it is.
 */
export function grouped(argv: string[], folder = '.tap/groups'): string[] {
  const others = argv.filter((argument) => !isTestFile(argument))
  if (others.some((argument) => !argument.startsWith('-'))) return argv
  const files = argv.length > others.length ? argv.filter(isTestFile) : testFiles()
  if (files.length === 1) return argv
  const alone = files.filter((file) => ALONE.test(readFileSync(file, 'utf8')))
  const groups = deal(files.filter((file) => !alone.includes(file)))
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const entries = groups.map((group, place) => {
    const entry = `${folder}/${place + 1}.js`
    writeFileSync(
      entry,
      `import { runInTurn } from '${IN_TURN}'\nawait runInTurn(${JSON.stringify(group, null, 2)})\n`
    )
    return entry
  })
  return [...others, ...entries, ...alone]
}

function testFiles(): string[] {
  const paths = readdirSync('test', { recursive: true, encoding: 'utf8' })
  return paths
    .filter((path) => isTestFile(path) && !APART.test(path))
    .map((path) => `test/${path}`)
    .sort()
}

/** Deals the files out in turn, so that no process gets a whole folder of slow ones. */
function deal(files: string[]): string[][] {
  return Array.from({ length: Math.min(PROCESSES, files.length) }, (_, process) =>
    files.filter((_, place) => place % PROCESSES === process)
  )
}
