import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import Fastify from 'fastify'
import fp from 'fastify-plugin'
import t, { type Test } from 'tap'
import fairShare from '../../src/plugins/fair-share.ts'
import timeLimit from '../../src/plugins/time-limit.ts'
import { until } from '../until.ts'

/** A service whose calls to / wait until the test ends them. */
async function service(t: Test, requestsMax: number, handlerTimeoutMs = 10_000) {
  const app = Fastify()
  app.register(timeLimit, { handlerTimeoutMs })
  const counted: string[] = []
  const refuseFlood = async (_request: unknown, whose: string) => void counted.push(whose)
  app.register(fp(async (scope) => void scope.decorate('refuseFlood', refuseFlood), { name: 'rate-limit' }))
  app.register(fairShare, { requestsMax })
  const ends: (() => void)[] = []
  app.register(async (scope) => {
    scope.addHook('onRequest', async (request) => {
      const [sub = '', sid = ''] = String(request.headers.authorization).split(' ')
      await request.inTime(scope.takeShare(request, { sub, sid }))
      await request.inTime(scope.takeShare(request, { sub, sid }))
      if (request.url === '/refused') throw new Error('refused after it was counted')
    })
    scope.get('/refused', async () => {})
    scope.get('/at-once', (_request, reply) => reply.send('done'))
    scope.get('/', () => new Promise<void>((resolve) => ends.push(resolve)))
    scope.post('/body', async () => 'done')
    scope.get('/fails', async () => Promise.reject(new Error('failed')))
  })
  t.teardown(() => app.close())
  const call = (user: string, session = 'session', url = '/') =>
    app.inject({ url, headers: { authorization: `${user} ${session}` } })
  return { app, call, counted, ends }
}

t.test('requests of one user beyond the limit wait, whatever their session, and others do not', async (t) => {
  const { call, ends } = await service(t, 2)
  const all = [call('aziza', 'phone'), call('aziza', 'laptop'), call('aziza', 'tablet')]
  await until(() => ends.length === 2)
  all.push(call('bobur'))
  await until(() => ends.length === 3)
  // A third request of hers would have begun by now.
  await wait(50)
  t.equal(ends.length, 3, 'aziza’s third request has not begun')
  ends.shift()?.()
  await until(() => ends.length === 3)
  for (const end of ends) end()
  for (const reply of await Promise.all(all)) t.equal(reply.statusCode, 200)
})

t.test('a request whose turn comes too late gets a 503 and gives up its place', async (t) => {
  const { call, ends } = await service(t, 1, 200)
  const [late, later] = await Promise.all([call('aziza'), call('aziza')])
  t.match([late.statusCode, later.statusCode], [503, 503])
  ends[0]?.()
  t.equal((await call('aziza', 'phone', '/at-once')).statusCode, 200)
})

t.test('ended, failed and refused requests make room for the next', async (t) => {
  const { call } = await service(t, 1)
  for (let round = 0; round < 3; round++) {
    t.equal((await call('aziza', 'phone', '/at-once')).statusCode, 200)
    for (const url of ['/fails', '/refused']) t.equal((await call('aziza', 'phone', url)).statusCode, 500)
  }
})

t.test('a request that takes its share twice counts once', async (t) => {
  const { call, counted } = await service(t, 1)
  await call('aziza', 'phone', '/refused')
  t.strictSame(counted, ['phone'])
})

t.test('hanging up frees no place until the work has ended', async (t) => {
  const { app, call, ends } = await service(t, 1)
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const impatience = new AbortController()
  const hungUp = fetch(url, { headers: { authorization: 'aziza phone' }, signal: impatience.signal })
  await until(() => ends.length === 1)
  impatience.abort()
  await t.rejects(hungUp)
  await until(async () => (await countConnections(app.server)) === 0)
  const next = call('aziza', 'phone', '/at-once')
  t.equal(await Promise.race([next.then(() => 'begun'), wait(100, 'waits')]), 'waits')
  ends[0]?.()
  t.equal((await next).statusCode, 200)
})

t.test('hanging up in the middle of a request frees its place', async (t) => {
  const { app, call } = await service(t, 1)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  for (let round = 0; round < 3; round++) {
    const socket = connect(port, '127.0.0.1')
    const head = 'POST /body HTTP/1.1\r\nhost: x\r\nauthorization: aziza phone\r\ncontent-length: 9\r\n'
    socket.end(`${head}content-type: application/json\r\n\r\n{"a"`)
    await once(socket.resume(), 'close')
  }
  t.equal((await call('aziza', 'phone', '/at-once')).statusCode, 200)
})

const countConnections = (server: {
  getConnections(done: (error: Error | null, count: number) => void): unknown
}) => new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count)))
