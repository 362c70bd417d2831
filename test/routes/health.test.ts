import t from 'tap'
import { databaseUrl } from '../database.ts'
import { build } from '../helper.ts'
import { createProxy } from '../proxy.ts'

t.test('live and ready say ok while both stores answer', async (t) => {
  const { app } = await build(t)
  t.strictSame((await app.inject('/health/live')).json(), { status: 'ok' })
  t.match((await app.inject('/health/ready/')).json(), { status: 'ok', postgresql: 'up', redis: 'up' })
})

for (const [store, setting, original] of [
  ['postgresql', 'DATABASE_URL', databaseUrl],
  ['redis', 'REDIS_URL', process.env.TEST_REDIS_URL ?? '']
] as const) {
  t.test(`ready names ${store} when it is away or silent, and live does not care`, async (t) => {
    const { hostname, port } = new URL(original)
    const proxy = await createProxy(t, hostname, Number(port))
    const { app } = await build(t, { [setting]: proxy.url(original) })
    for (const fault of ['hang', 'refuse'] as const) {
      await proxy[fault]()
      const reply = await app.inject('/health/ready')
      const expected = { statusCode: 503, code: 'NOT_READY', postgresql: 'up', redis: 'up', [store]: 'down' }
      t.match(reply.json(), expected)
      t.equal(reply.headers['retry-after'], '1')
      t.equal((await app.inject('/health/live')).statusCode, 200)
    }
  })
}
