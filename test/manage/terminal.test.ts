import { PassThrough, Readable } from 'node:stream'
import t from 'tap'
import { findLogin } from '../../src/db/staff.ts'
import { manage } from '../../src/manage/index.ts'
import { printRows, readPassword } from '../../src/manage/terminal.ts'
import { databaseUrl, db } from '../database.ts'
import { randomPhone } from '../helper.ts'
import { collector, PASSWORD, succeed } from './run.ts'

const ENTER = '\r'
const CTRL_C = '\x03'

/** A person at a terminal who types one answer at each prompt. */
function person(...typed: [string, string?]) {
  const stdin = Object.assign(new PassThrough(), { isTTY: true })
  // Like the real one, which a pipe never ends.
  const stderr = Object.assign(new PassThrough({ encoding: 'utf8' }), { _isStdio: true })
  const shown: string[] = []
  const prompts = ['New password:', 'Once more:']
  stderr.on('data', (text: string) => {
    shown.push(text)
    if (prompts[0] && text.includes(prompts[0])) {
      prompts.shift()
      // Nobody types before the prompt is complete.
      setImmediate(() => stdin.write(typed.shift() ?? CTRL_C))
    }
  })
  const stdout = collector()
  return { terminal: { stdin, stdout: stdout.stream, stderr }, shown: () => shown.join('') + stdout.text() }
}

const piped = (input: string) => ({
  stdin: Readable.from(input === '' ? [] : [input]),
  stdout: collector().stream,
  stderr: collector().stream
})

t.test('rows are printed with tabs between cells and a dash for missing values', async (t) => {
  const { stream, text } = collector()
  printRows({ ...piped(''), stdout: stream }, [
    ['live_sessions', 0],
    ['', null]
  ])
  t.equal(text(), 'live_sessions\t0\n\t-\n')
})

t.test('a password is the first line of standard input, unchanged', async (t) => {
  t.equal(await readPassword(piped(' päss wörd \n')), ' päss wörd ')
  t.equal(await readPassword(piped('one line\r\nand another\n')), 'one line')
  t.equal(await readPassword(piped('no line break')), 'no line break')
  t.equal(await readPassword(piped('')), '')
})

t.test('a terminal asks for a password twice and never shows it', async (t) => {
  const { terminal, shown } = person(PASSWORD + ENTER, PASSWORD + ENTER)
  t.equal(await readPassword(terminal), PASSWORD)
  t.match(shown(), /New password:.*Once more:/s)
  for (const word of PASSWORD.split(' ')) t.notMatch(shown(), word)
  t.notMatch(shown(), '*', 'nor its length')
})

t.test('two passwords that differ are refused', async (t) => {
  const { terminal, shown } = person(PASSWORD + ENTER, `${PASSWORD}!${ENTER}`)
  await t.rejects(readPassword(terminal), { name: 'OperatorError', message: 'The two passwords differ.' })
  t.notMatch(shown(), PASSWORD)
})

t.test('Ctrl-C at the prompt ends the command in one line and changes nothing', async (t) => {
  const phone = randomPhone()
  await succeed(['department', 'add', phone])
  const { terminal, shown } = person(CTRL_C)
  const argv = ['staff', 'add', phone, '--name', 'Olim', '--department', phone]
  t.equal(await manage(argv, { DATABASE_URL: databaseUrl }, terminal), 1)
  t.match(shown(), /manage: stopped; nothing was changed\.\n$/)
  t.equal(await findLogin(db, phone), undefined)
})
