import { gzipSync } from 'node:zlib'
import t from 'tap'
import { build, randomPhone, signUp } from '../helper.ts'

type Built = Awaited<ReturnType<typeof build>>

/** A signed-in citizen who sends raw bytes as a profile. */
async function sender(built: Built) {
  const { access } = await signUp(built)
  const send = (payload: Buffer | string, headers: Record<string, string> = {}) =>
    built.app.inject({
      method: 'PATCH',
      url: '/api/users/profile/',
      headers: { authorization: `Bearer ${access}`, 'content-type': 'application/json', ...headers },
      payload
    })
  return { send, stored: async () => (await built.me(access)).json().full_name }
}

const body = (name: Buffer) => Buffer.concat([Buffer.from('{"full_name":"'), name, Buffer.from('"}')])

t.test('bytes that are not UTF-8 are refused, and nothing is stored', async (t) => {
  const { send, stored } = await sender(await build(t))
  for (const [what, name] of [
    ['windows-1251', Buffer.from([0xc0, 0xeb, 0xe8])],
    ['latin1', Buffer.from('José', 'latin1')],
    ['half a character', Buffer.from('Алишер').subarray(0, 5)],
    ['too long a form', Buffer.from([0x41, 0xc0, 0xaf])],
    ['half a surrogate pair', Buffer.from([0x41, 0xed, 0xa0, 0x80])],
    ['above Unicode', Buffer.from([0x41, 0xf5, 0x80, 0x80, 0x80])]
  ] as const) {
    t.match(
      (await send(body(name))).json(),
      { statusCode: 400, code: 'JSON_INVALID', message: /UTF-8/ },
      what
    )
  }
  t.match((await send(Buffer.from('{"full_name":"Ali"}', 'utf16le'))).json(), { statusCode: 400 })
  t.equal(await stored(), null)
})

t.test('a byte order mark is ignored', async (t) => {
  const { send, stored } = await sender(await build(t))
  t.equal((await send('\ufeff{"full_name":"Алишер"}')).statusCode, 200)
  t.equal(await stored(), 'Алишер')
})

t.test('UTF-8 may be named in any spelling; every other charset is a 415 that says so', async (t) => {
  const { send, stored } = await sender(await build(t))
  for (const charset of ['utf-8', 'UTF-8', '"utf-8"', 'utf8'])
    t.equal(
      (await send('{"full_name":"Алишер"}', { 'content-type': `application/json; charset=${charset}` }))
        .statusCode,
      200
    )
  for (const type of [
    ...['windows-1251', 'latin1', 'utf-16', '"koi8-r"', 'utf-8x', ''].map(
      (charset) => `application/json; charset=${charset}`
    ),
    'application/json;CHARSET = windows-1251',
    'application/json; charset=utf-8; charset=windows-1251'
  ]) {
    const reply = await send('{"full_name":"Ali"}', { 'content-type': type })
    t.match(reply.json(), { statusCode: 415, code: 'MEDIA_TYPE_UNSUPPORTED', message: /UTF-8/ }, type)
  }
  t.equal(await stored(), 'Алишер')
})

t.test('a compressed body is a 415 that says so', async (t) => {
  const { send, stored } = await sender(await build(t))
  const json = '{"full_name":"Ali"}'
  for (const encoding of ['gzip', 'GZIP', 'br', 'deflate', 'gzip, identity', 'x']) {
    const reply = await send(gzipSync(json), { 'content-encoding': encoding })
    t.match(reply.json(), { statusCode: 415, code: 'MEDIA_TYPE_UNSUPPORTED', message: /compress/ }, encoding)
  }
  t.equal(await stored(), null)
  t.equal((await send(json, { 'content-encoding': 'identity' })).statusCode, 200)
})

t.test('an empty JSON body is allowed for DELETE and refused for PATCH', async (t) => {
  const built = await build(t)
  const { access } = await signUp(built)
  const call = (method: 'DELETE' | 'PATCH', url: string) =>
    built.app.inject({
      method,
      url,
      headers: { authorization: `Bearer ${access}`, 'content-type': 'application/json' }
    })
  t.match((await call('PATCH', '/api/users/profile/')).json(), { statusCode: 400, code: 'JSON_INVALID' })
  t.equal((await call('DELETE', '/api/users/me/')).statusCode, 204)
})

t.test('a null optional field is treated as absent in every call', async (t) => {
  const built = await build(t)
  const { access } = await signUp(built)
  const headers = { authorization: `Bearer ${access}` }
  const post = (url: string, payload: object) => built.app.inject({ method: 'POST', url, payload, headers })
  const phone_number = randomPhone()
  t.equal((await post('/api/auth/send-otp/', { phone_number, device_token: null })).statusCode, 200)
  const code = built.outbox.codeFor(phone_number)
  t.equal((await post('/api/auth/verify-otp/', { phone_number, code, device_token: null })).statusCode, 200)
  const other = randomPhone()
  t.equal((await post('/api/users/phone/', { phone_number: other, device_token: null })).statusCode, 200)
  const change = { phone_number: other, code: built.outbox.codeFor(other), device_token: null }
  t.equal((await post('/api/users/phone/verify/', change)).statusCode, 200)
})

t.test('required fields that are null, and wrong types, are refused', async (t) => {
  const built = await build(t)
  const { access } = await signUp(built)
  const headers = { authorization: `Bearer ${access}` }
  const phone_number = randomPhone()
  for (const [url, payload] of [
    ['/api/auth/send-otp/', { phone_number: null }],
    ['/api/auth/verify-otp/', { phone_number, code: null }],
    ...['/api/auth/send-otp/', '/api/users/phone/'].flatMap((url) =>
      [{ toString: 1 }, [], 7, true].map((device_token) => [url, { phone_number, device_token }] as const)
    ),
    ['/api/users/phone/verify/', { phone_number, code: '1234', device_token: { toString: 1 } }]
  ] as const) {
    const reply = await built.app.inject({ method: 'POST', url, payload, headers })
    t.match(reply.json(), { statusCode: 400, code: 'VALIDATION_FAILED' }, JSON.stringify(payload))
  }
})
