import { randomUUID } from 'node:crypto'
import postgres from 'postgres'
import t from 'tap'
import { databaseUrl, isEmbedded } from '../database.ts'
import { emptyDatabase } from '../db/empty-database.ts'
import { createProxy } from '../proxy.ts'
import { run, succeed } from './run.ts'

t.test('help goes to standard output, with exit code 0', async (t) => {
  const commands = ['--help', 'help', 'staff --help', 'help department', 'staff add --help']
  for (const command of commands) {
    const { code, stdout, stderr } = await run(command.split(' '))
    t.equal(code, 0, command)
    t.match(stdout, /^Usage: manage .*\n/)
    t.equal(stderr, '')
  }
  t.match((await run(['--help'])).stdout, /department.*staff.*user.*migrate/s)
})

t.test('a wrong call is explained on standard error, with exit code 2', async (t) => {
  const calls = [
    { argv: [], says: /^Usage: manage / },
    { argv: ['staff'], says: /^Usage: manage staff / },
    { argv: ['stuff'], says: /^error: unknown command 'stuff'\n\(Did you mean staff\?\)/ },
    { argv: ['user', 'show'], says: /^error: missing required argument 'phone'/ },
    { argv: ['user', 'show', 'one', 'two'], says: /^error: too many arguments/ },
    { argv: ['staff', 'add', '901234567', '--name', 'Olim'], says: /^error: required option '--department/ },
    { argv: ['department', 'list', '--all'], says: /^error: unknown option '--all'/ }
  ]
  for (const { argv, says } of calls) {
    const { code, stdout, stderr } = await run(argv)
    t.equal(code, 2, argv.join(' '))
    t.match(stderr, says)
    t.equal(stdout, '')
  }
})

t.test('an argument that is not UTF-8 is a wrong call, and nothing is stored', async (t) => {
  const name = `Yo\ufffdl ${randomUUID()}`
  t.strictSame(await run(['department', 'add', name]), {
    code: 2,
    stdout: '',
    stderr: 'error: an argument is not in UTF-8; set the terminal to UTF-8.\n'
  })
  t.notOk((await succeed(['department', 'list'])).some(([, listed]) => listed === name))
})

t.test('bad settings are named, all at once, and their values are not shown', async (t) => {
  const env = { DATABASE_URL: 'mysql://a-secret@host', DATABASE_TIMEOUT_MS: 'soon' }
  const { code, stdout, stderr } = await run(['department', 'list'], '', env)
  t.equal(code, 1)
  t.equal(stdout, '')
  t.match(stderr, /^manage: The settings cannot be used.*DATABASE_URL.*DATABASE_TIMEOUT_MS/s)
  t.notMatch(stderr, /a-secret|soon/)
})

t.test('an unreachable database is reported in one line', async (t) => {
  const { hostname, port } = new URL(databaseUrl)
  const proxy = await createProxy(t, hostname, Number(port))
  await proxy.refuse()
  for (const argv of [['department', 'list'], ['migrate']]) {
    t.strictSame(await run(argv, '', { DATABASE_URL: proxy.url(databaseUrl) }), {
      code: 1,
      stdout: '',
      stderr: 'manage: PostgreSQL does not answer at DATABASE_URL.\n'
    })
  }
})

t.test('a silent database is given up on', async (t) => {
  const { hostname, port } = new URL(databaseUrl)
  const proxy = await createProxy(t, hostname, Number(port))
  proxy.hang()
  const env = { DATABASE_URL: proxy.url(databaseUrl), DATABASE_TIMEOUT_MS: '200' }
  t.match(await run(['department', 'list'], '', env), { code: 1, stderr: /PostgreSQL does not answer/ })
})

t.test('migrate makes an empty database ready for other commands', async (t) => {
  const env = { DATABASE_URL: await emptyDatabase(t) }
  t.strictSame(await run(['department', 'list'], '', env), {
    code: 1,
    stdout: '',
    stderr: 'manage: The database lacks migrations; run "migrate" first.\n'
  })

  t.strictSame(await run(['migrate'], '', env), { code: 0, stdout: '', stderr: '' })
  await succeed(['migrate'], '', env)
  t.strictSame(await succeed(['department', 'list'], '', env), [])
})

// In the embedded database all connections share one session, so none can block another.
if (!isEmbedded)
  t.test('a migration blocked by a table lock gives up and says what to do', async (t) => {
    const url = await emptyDatabase(t)
    const env = { DATABASE_URL: url, MIGRATION_LOCK_TIMEOUT_MS: '50' }
    await succeed(['migrate'], '', env)
    const client = postgres(url, { max: 1 })
    t.teardown(() => client.end())
    await client.begin(async (holder) => {
      await holder`lock table departments in access exclusive mode`
      t.match(await run(['migrate'], '', env), {
        code: 1,
        stderr: /MIGRATION_LOCK_TIMEOUT_MS; run this again/
      })
    })
    t.strictSame(await succeed(['migrate'], '', env), [])
  })
