import Fastify, { LogController } from 'fastify'
import t from 'tap'
import { PhoneInvalid } from '../../src/errors.ts'
import { loggerOptions } from '../../src/http/logger.ts'
import errorHandler from '../../src/plugins/error-handler.ts'
import requestLog from '../../src/plugins/request-log.ts'

/** A service that logs its requests as the app does, and what it logged. */
function service() {
  const log: string[] = []
  const app = Fastify({
    logger: loggerOptions({ level: 'info', stream: { write: (line) => log.push(line) } }),
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => 'request-1'
  })
  app.register(errorHandler)
  app.register(requestLog)
  app.register(async (scope) => {
    scope.get('/users/:phone/', async () => 'done')
    scope.post('/send/', async () => {
      throw PhoneInvalid()
    })
  })
  return { app, lines: () => log.map((line) => JSON.parse(line)), text: () => log.join('') }
}

t.test('a request is one line that says what was called, from where, and how it ended', async (t) => {
  const { app, lines } = service()
  await app.inject({ url: '/users/998901234567/', remoteAddress: '192.0.2.1' })
  t.equal(lines().length, 1)
  t.match(lines(), [
    {
      msg: 'request',
      reqId: 'request-1',
      method: 'GET',
      route: '/users/:phone/',
      status: 200,
      address: '192.0.2.1',
      ms: Number
    }
  ])
  t.notOk('code' in lines()[0], 'nothing went wrong')
})

t.test('a refused request is logged with its error code', async (t) => {
  const { app, lines } = service()
  await app.inject({ method: 'POST', url: '/send/' })
  t.match(lines(), [{ route: '/send/', status: 400, code: 'PHONE_INVALID' }])
})

t.test('a request for an unknown URL is logged without the URL', async (t) => {
  const { app, lines } = service()
  await app.inject('/guess/998901234567')
  t.match(lines(), [{ route: 'unknown', status: 404, code: 'NOT_FOUND' }])
})

t.test('nothing a client sends in the URL, the headers or the body is logged', async (t) => {
  const { app, text } = service()
  const headers = {
    authorization: 'Bearer secret-token',
    'user-agent': 'secret-agent',
    'x-secret': 'secret-header'
  }
  await app.inject({ url: '/users/998901234567/?code=4821', headers })
  await app.inject({
    method: 'POST',
    url: '/send/?secret-query',
    headers,
    payload: { password: 'secret-password' }
  })
  t.notMatch(text(), /998901234567|4821|secret/)
})

t.test('the next request does not inherit an error code', async (t) => {
  const { app, lines } = service()
  await app.inject({ method: 'POST', url: '/send/' })
  await app.inject('/users/1/')
  t.notOk('code' in lines()[1])
})
