import t from 'tap'
import { readPage } from '../../../src/http/page-files.ts'
import { createMockGateway } from '../../../src/sms/mock-gateway.ts'
import { build } from '../../helper.ts'

t.test('each file is served unchanged, with its type and no-store', async (t) => {
  const { app } = await build(t, { DEBUG: 'true' }, { smsGateways: [createMockGateway()] })
  for (const { name, type, body } of readPage()) {
    if (name === 'index.html') continue
    const reply = await app.inject(`/dev/${name}`)
    t.match(reply, { statusCode: 200, headers: { 'content-type': type, 'cache-control': 'no-store' } }, name)
    t.ok(body.equals(reply.rawPayload), name)
  }
})

t.test('the page itself is served only at /', async (t) => {
  const { app } = await build(t, { DEBUG: 'true' }, { smsGateways: [createMockGateway()] })
  t.equal((await app.inject('/dev/index.html')).statusCode, 404)
  t.equal(
    (await app.inject({ url: '/', headers: { accept: 'text/html' } })).headers['content-type'],
    'text/html; charset=utf-8'
  )
})
