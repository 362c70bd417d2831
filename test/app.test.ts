import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { build, randomPhone, signUp } from './helper.ts'

const url = '/api/auth/verify-otp'

t.test('send-otp works with and without its trailing slash', async (t) => {
  const { app } = await build(t)
  for (const path of ['/api/auth/send-otp', '/api/auth/send-otp/']) {
    const payload = { phone_number: randomPhone() }
    t.equal((await app.inject({ method: 'POST', url: path, payload })).statusCode, 200)
  }
})

t.test('an unknown path is NOT_FOUND in the standard error shape', async (t) => {
  const { app } = await build(t)
  for (const request of [
    { url: '/nope' },
    { url: '/api/auth/nope/' },
    { url: '/api/auth', method: 'POST' as const }
  ]) {
    t.strictSame((await app.inject(request)).json(), {
      statusCode: 404,
      error: 'Not Found',
      code: 'NOT_FOUND',
      message: 'There is nothing at this address.'
    })
  }
})

t.test('an unusable body gets a 4xx, never a 500', async (t) => {
  const { app } = await build(t)
  const json = 'application/json'
  for (const [type, payload, statusCode, code] of [
    [json, '{', 400, 'JSON_INVALID'],
    [json, '', 400, 'JSON_INVALID'],
    [json, '{"a":1}{"b":2}', 400, 'JSON_INVALID'],
    [json, '{"__proto__":{"x":1},"phone_number":"1","code":"1234"}', 400, 'JSON_INVALID'],
    [json, '{"constructor":{"prototype":{"x":1}}}', 400, 'JSON_INVALID'],
    [json, Buffer.from([0x7b, 0xff, 0xfe]), 400, 'JSON_INVALID'],
    [json, '[]', 400, 'VALIDATION_FAILED'],
    [json, 'null', 400, 'VALIDATION_FAILED'],
    [json, '"text"', 400, 'VALIDATION_FAILED'],
    [json, '{}', 400, 'VALIDATION_FAILED'],
    ['application/x-www-form-urlencoded', 'phone_number=901234567&code=1234', 415, 'MEDIA_TYPE_UNSUPPORTED'],
    ['text/plain', '{"phone_number":"901234567"}', 415, 'MEDIA_TYPE_UNSUPPORTED'],
    ['multipart/form-data; boundary=x', '--x--', 415, 'MEDIA_TYPE_UNSUPPORTED'],
    [json, JSON.stringify({ phone_number: 'x'.repeat(20_000) }), 413, 'BODY_TOO_LARGE']
  ] as const) {
    const reply = await app.inject({ method: 'POST', url, headers: { 'content-type': type }, payload })
    t.match(reply.json(), { statusCode, code }, `${type} ${payload.toString().slice(0, 30)}`)
  }
})

t.test('a JSON number is not accepted as a string', async (t) => {
  const { app } = await build(t)
  const payload = { phone_number: 998901234567, code: '1234' }
  t.match((await app.inject({ method: 'POST', url, payload })).json(), {
    code: 'VALIDATION_FAILED',
    message: 'phone_number must be a JSON string.'
  })
})

t.test('API replies carry no-store, nosniff and a request id', async (t) => {
  const built = await build(t)
  const { access } = await signUp(built)
  const replies = [await built.me(access), await built.me('garbage'), await built.app.inject('/api/nope')]
  for (const { headers } of replies) {
    t.equal(headers['cache-control'], 'no-store')
    t.match(headers['x-request-id'], /^[0-9a-f-]{36}$/)
    t.equal(headers['x-content-type-options'], 'nosniff')
  }
})

t.test('a 5xx reveals no SQL, phone number or stack', async (t) => {
  const { app, log, verifyOtp } = await build(t, { DEBUG: 'true' })
  const phone = randomPhone()
  const broken = Object.assign(new Error(`Failed query: insert ... params: ${phone}`), {
    name: 'DrizzleQueryError'
  })
  app.tokens.access.sign = () => {
    throw broken
  }
  const reply = await verifyOtp(phone, '1111')
  t.equal(reply.statusCode, 500)
  t.notMatch(reply.body, /query|stack|\d{9}/)
  t.match(log.join(''), /INTERNAL_ERROR/)
})

t.test('CORS is off except for the configured origins', async (t) => {
  const origin = 'https://my.example.uz'
  const preflight = {
    method: 'OPTIONS',
    url,
    headers: { origin, 'access-control-request-method': 'POST' }
  } as const
  const { app: off } = await build(t)
  t.equal((await off.inject(preflight)).headers['access-control-allow-origin'], undefined)
  const { app: on } = await build(t, { CORS_ORIGINS: `${origin},https://other.example.uz` })
  t.equal((await on.inject(preflight)).headers['access-control-allow-origin'], origin)
  const stranger = { ...preflight, headers: { ...preflight.headers, origin: 'https://evil.example' } }
  t.equal((await on.inject(stranger)).headers['access-control-allow-origin'], undefined)
})

t.test('only DEBUG lets web apps on localhost call without being listed', async (t) => {
  const request = { url: '/', headers: { origin: 'http://localhost:5173' } }
  const production = {
    NODE_ENV: 'production',
    SMS_GATEWAYS: 'webhook',
    WEBHOOK_URL: 'http://127.0.0.1:9',
    WEBHOOK_SECRET: 'a secret of the tests that keys the signature'
  }
  for (const [changes, allowed] of [
    [{ DEBUG: 'true' }, 'http://localhost:5173'],
    [{ NODE_ENV: 'development' }, undefined],
    [production, undefined]
  ] as const) {
    const { app } = await build(t, changes)
    t.equal((await app.inject(request)).headers['access-control-allow-origin'], allowed)
  }
})

t.test('a web app can read the rate limit, Retry-After and request id headers', async (t) => {
  const origin = 'https://my.example.uz'
  const { app } = await build(t, { CORS_ORIGINS: origin, RATE_LIMIT_MAX: '1' })
  const login = () =>
    app.inject({
      ...{ method: 'POST', url: '/api/auth/staff-login/', remoteAddress: '10.54.32.10' },
      ...{ headers: { origin }, payload: { phone_number: randomPhone(), password: 'wrong' } }
    })
  const replies = [await login(), await login()]
  t.strictSame(
    replies.map(({ statusCode }) => statusCode),
    [401, 429]
  )
  for (const { headers } of replies) {
    const told = Object.keys(headers).filter((name) =>
      /^(x-ratelimit-.*|retry-after|x-request-id)$/.test(name)
    )
    t.ok(told.length >= 4)
    const exposed = String(headers['access-control-expose-headers']).split(', ')
    t.strictSame(
      told.filter((name) => !exposed.includes(name)),
      []
    )
  }
})

t.test('X-Forwarded-For counts only from a trusted proxy', async (t) => {
  const spoof = { url: '/health/live', headers: { 'x-forwarded-for': '203.0.113.9' } }
  for (const [trusted, address] of [
    ['', '127.0.0.1'],
    ['10.0.0.0/8', '127.0.0.1'],
    ['127.0.0.1/32', '203.0.113.9']
  ] as const) {
    const { app, log } = await build(t, { TRUST_PROXY: trusted })
    await app.inject(spoof)
    t.match(log.at(-1), `"address":"${address}"`)
  }
})

for (const [name, request, statusCode] of [
  ['dawdles over its headers', 'POST /api/auth/send-otp HTTP/1.1\r\nHost: x\r\n', 408],
  ['sends endless headers', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ['does not speak HTTP', 'hello\r\n\r\n', 400],
  ['asks for an address in another alphabet', 'GET /профиль HTTP/1.1\r\nHost: x\r\n\r\n', 400],
  [
    'dawdles over its body',
    'POST /api/auth/send-otp/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{',
    408
  ],
  [
    'breaks its body off',
    'POST /api/auth/send-otp/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    400
  ]
] as const) {
  t.test(`a client that ${name} gets ${statusCode} and is cut off`, async (t) => {
    const { app, log } = await build(t, { HEADERS_TIMEOUT_MS: '200', REQUEST_TIMEOUT_MS: '300' })
    await app.listen({ port: 0, host: '127.0.0.1' })
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
    socket.write(request)
    const reply = await text(socket)
    t.match(reply, new RegExp(`^HTTP/1\\.1 ${statusCode} `))
    const [head = '', body = ''] = reply.split('\r\n\r\n')
    t.match(JSON.parse(body), { statusCode, code: 'REQUEST_INVALID' })
    t.match(head, /x-request-id: [0-9a-f-]{36}/)
    t.match(head, 'cache-control: no-store')
    t.equal(log.filter((line) => JSON.parse(line).level >= 50).length, 0, 'nothing is logged as an error')
  })
}

t.test('an unsupported Expect header gets a 417 in the standard error shape', async (t) => {
  const { app } = await build(t)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  socket.write('POST /api/auth/send-otp/ HTTP/1.1\r\nHost: x\r\nExpect: x\r\nContent-Length: 2\r\n\r\n{}')
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n')
  t.match(JSON.parse(body), { statusCode: 417, code: 'EXPECTATION_FAILED' })
  t.match(head, /x-request-id: [0-9a-f-]{36}/)
})

t.test('a malformed URL is NOT_FOUND like any unknown path', async (t) => {
  const { app } = await build(t)
  const reply = await app.inject('/api/%zz')
  t.match(reply.json(), { statusCode: 404, code: 'NOT_FOUND' })
  t.notMatch(reply.body, '%zz')
  const translated = await app.inject({ url: '/api/%zz', headers: { 'accept-language': 'ru' } })
  t.equal(translated.json().message, 'По этому адресу ничего нет.')
  t.match(reply.headers, { 'cache-control': 'no-store', 'x-request-id': /^[0-9a-f-]{36}$/ })
})
