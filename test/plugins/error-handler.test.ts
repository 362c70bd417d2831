import { mock } from 'node:test'
import { Type } from '@sinclair/typebox'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import {
  LoginLimit,
  NotReady,
  PhoneInvalid,
  ServiceBusy,
  SmsUnavailable,
  TokenMissing
} from '../../src/errors.ts'
import { loggerOptions } from '../../src/http/logger.ts'
import errorHandler from '../../src/plugins/error-handler.ts'

/** A service whose POST / runs `work`, with its log. */
function service(t: Test, work: () => unknown = () => 'done') {
  const log: string[] = []
  const logger = loggerOptions({ level: 'error', stream: { write: (line) => log.push(line) } })
  const app = Fastify({ logger, bodyLimit: 100 })
  t.teardown(() => app.close())
  app.removeContentTypeParser('text/plain')
  app.register(errorHandler)
  const schema = { body: Type.Object({ code: Type.String() }) }
  app.after(() => app.post('/', { schema }, async () => work()))
  const post = (payload: string, type = 'application/json') =>
    app.inject({ method: 'POST', url: '/', payload, headers: { 'content-type': type } })
  return { app, log, post, reply: () => post('{"code":"4821"}') }
}

const failing = (t: Test, error: unknown) =>
  service(t, () => {
    throw error
  })

t.test('contract errors are answered with the body of the contract', async (t) => {
  const reply = await failing(t, PhoneInvalid()).reply()
  t.equal(reply.statusCode, 400)
  t.strictSame(reply.json(), {
    statusCode: 400,
    error: 'Bad Request',
    code: 'PHONE_INVALID',
    message: PhoneInvalid.message
  })
})

t.test('a 429 says how long to wait, in the body and in the header', async (t) => {
  const reply = await failing(t, LoginLimit({ retry_after: 61 })).reply()
  t.equal(reply.statusCode, 429)
  t.equal(reply.headers['retry-after'], '61')
  t.match(reply.json(), { code: 'LOGIN_LIMIT', retry_after: 61 })
})

t.test('a 503 says when to retry, whatever is down', async (t) => {
  for (const error of [
    ServiceBusy(),
    SmsUnavailable(undefined),
    NotReady({ postgresql: 'down', redis: 'up' })
  ]) {
    const reply = await failing(t, error).reply()
    t.equal(reply.statusCode, 503)
    t.equal(reply.headers['retry-after'], '1')
    t.match(reply.json(), { code: error.code, retry_after: 1, ...error.details })
  }
})

t.test('a 401 names the authentication scheme', async (t) => {
  t.equal((await failing(t, TokenMissing()).reply()).headers['www-authenticate'], 'Bearer')
  t.notOk('www-authenticate' in (await failing(t, PhoneInvalid()).reply()).headers)
})

t.test('an unexpected error is a 500 without details, and its cause is in the log', async (t) => {
  const errors = [
    new Error('select secret_column'),
    Object.assign(new Error('x'), { statusCode: 502 }),
    new TypeError('y')
  ]
  for (const error of errors) {
    const { reply, log } = failing(t, error)
    const { statusCode, body } = await reply()
    t.equal(statusCode, 500)
    t.match(JSON.parse(body), { code: 'INTERNAL_ERROR', message: /x-request-id/ })
    t.notMatch(body, error.message.padStart(3, '"'))
    t.match(JSON.parse(log.join('')), { err: { type: error.name, message: error.message } })
  }
})

t.test('a store outage is a 503 that hides the host, and the log names it', async (t) => {
  const away = Object.assign(new Error('connect ECONNREFUSED db.internal:5432'), { code: 'ECONNREFUSED' })
  const { reply, log } = failing(t, new Error('Failed query', { cause: away }))
  const { statusCode, body } = await reply()
  t.equal(statusCode, 503)
  t.match(JSON.parse(body), { code: 'SERVICE_UNAVAILABLE', retry_after: 1 })
  t.notMatch(body, 'db.internal')
  t.match(log.join(''), 'db.internal')
})

t.test('replies hide the cause of an error, and only 5xx are logged', async (t) => {
  const cause = new Error('provider said: no credit')
  const unavailable = failing(t, SmsUnavailable(undefined, cause))
  t.notMatch((await unavailable.reply()).body, 'no credit')
  t.match(JSON.parse(unavailable.log.join('')), {
    msg: SmsUnavailable.message,
    err: { message: cause.message }
  })
  const refused = failing(t, PhoneInvalid(undefined, cause))
  t.notMatch((await refused.reply()).body, 'no credit')
  t.strictSame(refused.log, [])
})

t.test('503s are logged once a second with their count, and 500s every time', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const busy = failing(t, ServiceBusy())
  for (let i = 0; i < 50; i++) await busy.reply()
  t.equal(busy.log.length, 1)
  mock.timers.tick(1_000)
  t.match(JSON.parse(busy.log[1] ?? ''), { level: 50, code: 'SERVICE_BUSY', times: 49 })
  await busy.reply()
  mock.timers.tick(1_000)
  t.equal(busy.log.length, 3, 'one 503 is one line')
  const broken = failing(t, new TypeError('x'))
  for (let i = 0; i < 5; i++) await broken.reply()
  t.equal(broken.log.length, 5)
})

t.test('a body that is not one JSON object is JSON_INVALID', async (t) => {
  const { post } = service(t)
  for (const body of ['', '{', '{"code":"1"}}', "{'code':1}", '{"__proto__":{"code":"1"}}']) {
    t.match((await post(body)).json(), { statusCode: 400, code: 'JSON_INVALID' }, body)
  }
})

t.test('a missing field is VALIDATION_FAILED, with a message naming it', async (t) => {
  const reply = await service(t).post('{}')
  t.match(reply.json(), {
    statusCode: 400,
    code: 'VALIDATION_FAILED',
    message: 'The body must have the field code.'
  })
})

t.test('an oversized or non-JSON body gets its own error code', async (t) => {
  const { post } = service(t)
  t.match((await post(`{"code":"${'1'.repeat(100)}"}`)).json(), { statusCode: 413, code: 'BODY_TOO_LARGE' })
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'text/html', 'application/xml']) {
    t.match((await post('code=4821', type)).json(), { statusCode: 415, code: 'MEDIA_TYPE_UNSUPPORTED' }, type)
  }
})

t.test('an unknown URL is NOT_FOUND with any method, and is not echoed', async (t) => {
  const { app } = service(t)
  for (const method of ['GET', 'PUT', 'DELETE'] as const) {
    const reply = await app.inject({ method, url: '/nothing?phone=998901234567' })
    t.match(reply.json(), { statusCode: 404, code: 'NOT_FOUND' }, method)
    t.notMatch(reply.body, '998901234567')
  }
})

t.test(
  'errors keep their code and have a message in the requested language, named in a header',
  async (t) => {
    const { app } = failing(t, PhoneInvalid())
    const asking = (language?: string) =>
      app.inject({
        ...{ method: 'POST', url: '/', payload: { code: '4821' } },
        headers: language ? { 'accept-language': language } : {}
      })
    for (const [asked, language, message] of [
      ['uz-UZ,ru;q=0.5', 'uz', 'Bu raqamga kod yuborib boʻlmaydi: mobil raqam kiriting.'],
      ['uz-Cyrl', 'uz-Cyrl', 'Бу рақамга код юбориб бўлмайди: мобил рақам киритинг.'],
      ['kaa', 'kaa', 'Bul nomerge kod jiberip bolmaydı: mobil nomer kiritiń.'],
      ['ru-RU', 'ru', 'На этот номер нельзя отправить код: укажите мобильный номер.'],
      ['tg', 'en', PhoneInvalid.message],
      [undefined, 'en', PhoneInvalid.message]
    ] as const) {
      const reply = await asking(asked)
      t.match(
        reply.json(),
        { statusCode: 400, error: 'Bad Request', code: 'PHONE_INVALID', message },
        language
      )
      t.match(reply.headers, { 'content-language': language, vary: 'Accept-Language' })
    }
  }
)

t.test('validation and not-found messages are translated too, and the log stays English', async (t) => {
  const { app, log } = failing(t, ServiceBusy())
  const headers = { 'accept-language': 'ru' }
  const told = async (payload: object, url = '/') =>
    (await app.inject({ method: 'POST', url, payload, headers })).json().message
  t.equal(await told({}), 'Тело запроса: не хватает поля code.')
  t.equal(await told({ code: '4821' }), 'Сейчас входит слишком много людей; попробуйте чуть позже.')
  t.match(JSON.parse(log.join('')), { msg: ServiceBusy.message })
  t.equal(await told({}, '/nothing'), 'По этому адресу ничего нет.')
})

t.test('an existing Vary header is extended, not replaced', async (t) => {
  const { app, reply } = failing(t, PhoneInvalid())
  app.addHook('onRequest', async (_request, reply) => void reply.header('vary', 'Origin'))
  t.equal((await reply()).headers.vary, 'Origin, Accept-Language')
})

t.test('the request log learns the code of an error', async (t) => {
  const { app, reply } = failing(t, PhoneInvalid())
  const codes: unknown[] = []
  app.addHook('onResponse', async (request) => {
    codes.push(request.errorCode)
  })
  await reply()
  await app.inject('/nothing')
  t.strictSame(codes, ['PHONE_INVALID', 'NOT_FOUND'])
})
