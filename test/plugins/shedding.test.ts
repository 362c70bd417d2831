import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import Fastify from 'fastify'
import fp from 'fastify-plugin'
import t, { type Test } from 'tap'
import shedding from '../../src/plugins/shedding.ts'
import { until } from '../until.ts'

const WORK_MS = 5
/** A crowd in which the last call would wait three times 400 ms. */
const FIRST = 240

/** A listening service whose calls to / keep the process busy, with a database queue that a test can fill. */
async function service(t: Test, { waitMs = 1_000 }) {
  const dbQueue = { places: 1, running: 0, waiting: 0, refused: 0, waitMs: 0, isFull: false }
  const app = Fastify({ forceCloseConnections: true, routerOptions: { ignoreTrailingSlash: true } })
  app.register(fp(async (scope) => void scope.decorate('dbQueue', dbQueue), { name: 'db' }))
  app.register(shedding, { waitMs })
  let begun = 0
  app.get('/', async () => {
    begun += 1
    const end = performance.now() + WORK_MS
    while (performance.now() < end);
    return 'done'
  })
  app.get('/health/live', async () => 'alive')
  await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => app.close())
  const { port } = app.server.address() as AddressInfo
  /** Opens a connection. Returns a function that calls on it and resolves to the status. */
  const caller = async (path = '/') => {
    const socket = connect(port, '127.0.0.1')
    t.teardown(() => socket.destroy())
    const ask = async (path: string) => {
      socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`)
      return Number(String((await once(socket, 'data'))[0]).slice(9, 12))
    }
    // Node accepts one connection per turn of the event loop: a crowd must have been accepted before it calls.
    await ask('/health/live')
    return () => ask(path)
  }
  const call = async (path?: string) => (await caller(path))()
  return { app, call, caller, dbQueue, begun: () => begun }
}

const times = <Result>(count: number, make: () => Result) => Array.from({ length: count }, make)

t.test('a crowd that arrives at once is served completely', async (t) => {
  const { app, caller } = await service(t, { waitMs: 60_000 })
  const calls = await Promise.all(times(50, caller))
  t.strictSame(
    await Promise.all(calls.map((call) => call())),
    times(50, () => 200)
  )
  t.strictSame([app.shedding.refused, app.shedding.waiting], [0, 0])
})

t.test(
  'requests that would wait too long are refused before any work, until the crowd is gone',
  async (t) => {
    const { app, begun, call, caller } = await service(t, { waitMs: 400 })
    const [first, more] = [await Promise.all(times(FIRST, caller)), await Promise.all(times(20, caller))]
    const answers = first.map((call) => call())
    await until(() => begun() >= 20)
    const statuses = await Promise.all(more.map((call) => call()))
    t.strictSame(
      statuses,
      times(20, () => 503)
    )
    const served = (await Promise.all(answers)).filter((status) => status === 200).length
    t.equal(begun(), served, 'no refused request was begun')
    t.equal(app.shedding.refused, FIRST + 20 - served)
    t.equal(await call(), 200)
  }
)

t.test('while statements wait for PostgreSQL, only health checks are answered', async (t) => {
  const { app, begun, call, dbQueue } = await service(t, { waitMs: 30_000 })
  dbQueue.waiting = 1
  const waits = call()
  await until(() => app.shedding.waiting === 1)
  for (const path of ['/health/live', '/health/live/', '/health/live?from=probe'])
    t.equal(await call(path), 200)
  t.equal(begun(), 0)
  dbQueue.waiting = 0
  t.equal(await waits, 200)
})

t.test('requests held up by a stalled PostgreSQL get a 503 instead of waiting on', async (t) => {
  const { begun, call, dbQueue } = await service(t, { waitMs: 50 })
  dbQueue.waiting = 1
  const statuses = await Promise.all([call(), call()])
  t.strictSame([statuses, begun()], [[503, 503], 0])
  dbQueue.waiting = 0
  t.equal(await call(), 200)
})
