import Fastify, { LogController } from 'fastify'
import type { CountryCode } from 'libphonenumber-js/mobile'
import t from 'tap'
import { loggerOptions } from '../../src/http/logger.ts'
import errorHandler from '../../src/plugins/error-handler.ts'
import phone from '../../src/plugins/phone.ts'
import requestLog from '../../src/plugins/request-log.ts'

/** A service that answers with the E.164 form of a number, and what it logged. */
function service(countries: CountryCode[] = ['UZ']) {
  const log: string[] = []
  const stream = { write: (line: string) => log.push(line) }
  const app = Fastify({
    logger: loggerOptions({ level: 'info', stream }),
    logController: new LogController({ disableRequestLogging: true })
  })
  app.register(errorHandler)
  app.register(requestLog)
  app.register(phone, { countries })
  app.after(() => {
    app.post<{ Body: { typed: string } }>('/', async (request) => {
      const number = request.toE164(request.body.typed)
      request.log.info('from here on')
      return number
    })
  })
  const call = (typed: string) => app.inject({ method: 'POST', url: '/', payload: { typed } })
  return { call, lines: () => log.map((line) => JSON.parse(line)) }
}

t.test('a route gets the number as E.164, however it was typed', async (t) => {
  const { call } = service()
  for (const typed of ['90 123-45-67', '8 90 123 45 67', '998901234567'])
    t.equal((await call(typed)).body, '+998901234567')
})

t.test('a landline number ends the request with PHONE_INVALID', async (t) => {
  t.match((await service().call('71 123 45 67')).json(), { statusCode: 400, code: 'PHONE_INVALID' })
})

t.test('only numbers of the configured countries are allowed', async (t) => {
  t.equal((await service(['KZ', 'UZ']).call('701 123 45 67')).body, '+77011234567')
  t.equal((await service(['UZ']).call('+77011234567')).statusCode, 400)
})

t.test('later log lines of the request carry the masked number, even its request line', async (t) => {
  const { call, lines } = service()
  await call('90 123-45-67')
  t.match(lines(), [
    { phone: '+99890*****67', msg: 'from here on' },
    { phone: '+99890*****67', msg: 'request' }
  ])
  t.notMatch(JSON.stringify(lines()), /90 ?123-?45-?67/)
})

t.test('log lines never carry the number of another request', async (t) => {
  const { call, lines } = service()
  await call('90 123-45-67')
  await call('no number')
  const [, , refused] = lines()
  t.match(refused, { msg: 'request', code: 'PHONE_INVALID' })
  t.notOk('phone' in refused)
})
