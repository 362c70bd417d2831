import t from 'tap'
import { build } from '../helper.ts'

const SECRET = 'a-secret-path-of-this-test-0123456789'
const settings = { SMS_CALLBACK_URL: 'https://auth.example.uz', SMS_CALLBACK_SECRET: SECRET }

t.test('a report with a wrong secret or from an unknown provider is a 404', async (t) => {
  const { app } = await build(t, settings)
  for (const url of [
    `/callbacks/eskiz/${SECRET}x/`,
    '/callbacks/eskiz/x/',
    `/callbacks/pigeon/${SECRET}/`,
    `/callbacks/constructor/${SECRET}/`,
    `/callbacks/telegram/${SECRET}/`,
    '/callbacks/telegram/'
  ]) {
    const reply = await app.inject({ method: 'POST', url, payload: { request_id: 'a', status: 'DELIVRD' } })
    t.equal(reply.statusCode, 404, url)
  }
})

t.test('without the callback settings every report is a 404', async (t) => {
  const { app } = await build(t)
  const reply = await app.inject({ method: 'POST', url: `/callbacks/eskiz/${SECRET}/`, payload: {} })
  t.equal(reply.statusCode, 404)
})

t.test('any report gets a 200, so its provider does not resend it', async (t) => {
  const { app, log } = await build(t, settings)
  const types = ['application/json', 'application/x-www-form-urlencoded', 'text/html', 'x/y; charset=koi8-r']
  for (const type of types)
    for (const payload of [
      '{"request_id":',
      'request_id=a&phone_number=998901234567&status=DELIVRD',
      '[]',
      '\u0000'
    ]) {
      const headers = { 'content-type': type }
      const reply = await app.inject({ method: 'POST', url: `/callbacks/eskiz/${SECRET}/`, headers, payload })
      t.match([reply.statusCode, reply.body], [200, '{}'])
    }
  t.notMatch(log.join(''), SECRET, 'the secret is not in the log')
})

t.test('a report without a body gets a 200', async (t) => {
  const { app } = await build(t, settings)
  t.equal((await app.inject({ method: 'POST', url: `/callbacks/eskiz/${SECRET}/` })).statusCode, 200)
})
