import { DrizzleQueryError } from 'drizzle-orm'
import Fastify from 'fastify'
import t from 'tap'
import { loggerOptions, safeError } from '../../src/http/logger.ts'

const phone = '+998901234567'

t.test('a database error is logged as what the driver said, without statement or parameters', async (t) => {
  const driver = Object.assign(new Error('duplicate key value'), { name: 'PostgresError', code: '23505' })
  const statement = 'insert into users values ($1, $2)'
  const error = new DrizzleQueryError(statement, [phone, '$argon2id$v=19$hash'], driver)
  const logged = JSON.stringify(safeError(error))
  t.notMatch(logged, 'argon2id')
  t.notMatch(logged, 'insert into')
  t.match(safeError(error), { type: 'PostgresError', code: '23505', message: 'duplicate key value' })
})

t.test('a database error that caused another is stripped too', async (t) => {
  const query = new DrizzleQueryError('select $1', ['$argon2id$v=19$hash'], new Error('gone'))
  t.notMatch(JSON.stringify(safeError(new Error('login failed', { cause: query }))), 'argon2id')
})

t.test('a phone number in a message or a stack is masked', async (t) => {
  const { message, stack } = safeError(new Error(`no user ${phone}, nor 998901234567, nor 901234567`))
  t.equal(message, 'no user +99890*****67, nor *****67, nor *****67')
  t.match(stack, '+99890*****67')
  t.notMatch(stack, phone)
})

t.test('an error keeps its type, its code and its causes', async (t) => {
  const refused = Object.assign(new Error('connect failed'), { code: 'ECONNREFUSED' })
  t.match(safeError(new TypeError('no answer', { cause: refused })), {
    type: 'TypeError',
    message: 'no answer',
    stack: 'logger.test.ts',
    cause: { type: 'Error', code: 'ECONNREFUSED', message: 'connect failed' }
  })
})

t.test('an error without code or cause has neither', async (t) => {
  t.strictSame(Object.keys(safeError(new Error('plain'))), ['type', 'message', 'stack'])
})

t.test('an error without a stack is still logged', async (t) => {
  const error = new Error('plain')
  delete error.stack
  t.strictSame(safeError(error), { type: 'Error', message: 'plain', stack: '' })
})

t.test('properties that drivers add to an error are not logged', async (t) => {
  const reply = Object.assign(new Error('OOM'), { command: { name: 'set', args: ['otp', 'secret-digest'] } })
  t.notMatch(JSON.stringify(safeError(reply)), 'secret-digest')
})

t.test('a thrown value that is not an error is logged by its type alone', async (t) => {
  t.equal(safeError(`the code for ${phone}`).message, 'string was thrown')
  t.equal(safeError(undefined).message, 'undefined was thrown')
})

t.test('the logger strips errors and writes nothing below its level', async (t) => {
  const lines: string[] = []
  const app = Fastify({
    logger: loggerOptions({ level: 'warn', stream: { write: (line) => lines.push(line) } })
  })
  app.log.info('not asked for')
  app.log.error({ err: Object.assign(new Error(`no ${phone}`), { query: 'select secrets' }) }, 'failed')
  t.equal(lines.length, 1)
  t.match(JSON.parse(lines[0] ?? ''), { msg: 'failed', err: { type: 'Error', message: 'no +99890*****67' } })
  t.notMatch(lines[0], 'select secrets')
})

t.test('log lines are JSON, or human-readable on request', async (t) => {
  t.notOk('transport' in Object(loggerOptions({ level: 'info' })))
  t.match(loggerOptions({ level: 'info', pretty: true }), { transport: { target: 'pino-pretty' } })
})
