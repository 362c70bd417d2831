import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import { insertDepartment } from '../src/db/departments.ts'
import { databaseUrl, db } from './database.ts'
import { randomPhone } from './helper.ts'
import { PASSWORD } from './manage/run.ts'
import { start } from './process.ts'

/** Runs the operator's command as a separate process. */
function cli(t: Test, argv: string[], { input = '', env = { DATABASE_URL: databaseUrl } } = {}) {
  const { child, ended } = start(t, 'src/cli.ts', argv, env)
  child.stdin.end(input)
  return ended
}

t.test('help exits with 0, a usage error with 2 and a failed command with 1', async (t) => {
  const phone = randomPhone()
  const [help, wrong, unknown, away] = await Promise.all([
    cli(t, ['--help']),
    cli(t, ['stuff']),
    cli(t, ['user', 'show', phone]),
    cli(t, ['department', 'list'], { env: { DATABASE_URL: 'postgres://127.0.0.1:1/none' } })
  ])
  t.match(help, { code: 0, stdout: /^Usage: manage /, stderr: '' })
  t.match(wrong, { code: 2, stdout: '', stderr: /^error: unknown command 'stuff'/ })
  t.strictSame(unknown, { code: 1, stdout: '', stderr: `manage: Nobody has the number ${phone}.\n` })
  t.strictSame(away, { code: 1, stdout: '', stderr: 'manage: PostgreSQL does not answer at DATABASE_URL.\n' })
})

t.test('a password from stdin is never printed, accepted or refused', async (t) => {
  const [phone, department] = [randomPhone(), randomUUID()]
  await insertDepartment(db, department)
  const argv = ['staff', 'add', phone, '--name', 'Olim', '--department', department]
  const [taken, refused] = await Promise.all([
    cli(t, argv, { input: `${PASSWORD}\n` }),
    cli(t, argv, { input: `Olim${department}` })
  ])
  t.strictSame(taken, { code: 0, stdout: `${phone}\tOlim\t${department}\n`, stderr: '' })
  t.match(refused, { code: 1, stdout: '', stderr: /^manage: The password / })
  t.notMatch(refused.stderr, department)
})
