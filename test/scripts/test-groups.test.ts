import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { grouped } from '../../scripts/test-groups.ts'

const onDisk = readdirSync('test', { recursive: true, encoding: 'utf8' }).filter(
  (path) => path.endsWith('.test.ts') && !/^(browser|slow)\//.test(path)
)
/** The files that an entry for tap runs. */
function filesOf(entry: string): string[] {
  if (entry.endsWith('.test.ts')) return [entry]
  return JSON.parse(/\[.*\]/s.exec(readFileSync(entry, 'utf8'))?.[0] ?? '[]')
}

t.test('every test file without a command of its own runs once, in few processes', async (t) => {
  const entries = grouped([], t.testdir())
  t.strictSame(entries.flatMap(filesOf).sort(), onDisk.map((path) => `test/${path}`).sort())
  t.ok(entries.length < onDisk.length / 4)
})

t.test('options are kept, and only the named files run', async (t) => {
  const [option = '', ...entries] = grouped(
    ['--bail', 'test/phone.test.ts', 'test/errors.test.ts'],
    t.testdir()
  )
  t.equal(option, '--bail')
  t.strictSame(entries.flatMap(filesOf), ['test/phone.test.ts', 'test/errors.test.ts'])
})

t.test('a single file and other arguments go to tap unchanged', async (t) => {
  for (const argv of [['--bail', 'test/phone.test.ts'], ['report', 'html'], ['test/plugins']])
    t.strictSame(grouped(argv, t.testdir()), argv)
})

t.test('a file marked as alone in its process is', async (t) => {
  const folder = t.testdir()
  const alone = `${folder}/alone.test.ts`
  writeFileSync(alone, "// Alone in its process: counts what it listens to\nimport t from 'tap'\n")
  const entries = grouped(['test/phone.test.ts', alone, 'test/errors.test.ts'], `${folder}/groups`)
  t.equal(entries.at(-1), alone)
  t.strictSame(entries.slice(0, -1).flatMap(filesOf), ['test/phone.test.ts', 'test/errors.test.ts'])
})
