import { once } from 'node:events'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import closing from '../../src/plugins/closing.ts'

const LAST_CALL_MS = 8_000

/** A listening service whose calls to /slow and /half wait for `letGo`. */
async function service(t: Test) {
  const app = Fastify()
  let letGo = () => {}
  const gate = new Promise<void>((resolve) => {
    letGo = resolve
  })
  app.register(closing, { lastCallMs: LAST_CALL_MS })
  app.get('/', async () => 'done')
  app.get('/slow', async () => {
    await gate
    return 'done'
  })
  app.get('/half', (_request, reply) => {
    reply.hijack()
    reply.raw.writeHead(200, { 'content-length': 8 }).write('half')
    void gate.then(() => reply.raw.end('half'))
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const open = async (request = '') => {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    if (request) socket.write(request)
    t.teardown(() => socket.destroy())
    return socket
  }
  t.teardown(() => app.close())
  return { app, open, letGo: () => letGo() }
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`

/** Closes the service, which must not take as long as a client that keeps its connection open. */
async function closesSoon(t: Test, app: { close(): PromiseLike<unknown> }) {
  const asked = performance.now()
  await app.close()
  t.ok(performance.now() - asked < 2_000, 'idle connections do not delay closing')
}

t.test('keep-alive, unused and half-written connections do not delay closing', async (t) => {
  const { app, open } = await service(t)
  const used = await open(get('/'))
  await once(used, 'data')
  const unused = await open()
  const begun = await open('GET / HTTP/1.1\r\nhost:')
  // Its reply shows that the server has accepted all earlier connections.
  await once(await open(get('/')), 'data')
  await Promise.all([closesSoon(t, app), ...[used, unused, begun].map((socket) => gone(socket))])
})

t.test('a request on its way when the service closes gets a 503', async (t) => {
  const { app, open } = await service(t)
  const early = await open()
  // Its reply shows that the server has accepted all earlier connections.
  await once(await open(get('/')), 'data')
  const closed = closesSoon(t, app)
  await wait(50)
  early.write(get('/'))
  t.match(await text(early), /^HTTP\/1\.1 503 .*\r\nconnection: close\r\n/is)
  await closed
})

t.test('replies under way at closing are complete and end the connection', async (t) => {
  const { app, open, letGo } = await service(t)
  const sockets = await Promise.all([open(get('/slow')), open(get('/half'))])
  const replies = Promise.all(sockets.map((socket) => text(socket)))
  const [, half] = sockets
  if (half?.bytesRead === 0) await once(half, 'readable')
  const closing = closesSoon(t, app)
  setImmediate(letGo)
  const [slow, started] = await replies
  t.match(slow, /^HTTP\/1\.1 200 .*\r\nconnection: close\r\n.*done$/is)
  t.match(started, /halfhalf$/)
  await closing
})

t.test('a draining service still answers, and each reply closes its connection', async (t) => {
  const { app, open } = await service(t)
  t.equal(app.isDraining, false)
  const drained = app.drain(50)
  t.equal(app.isDraining, true)
  t.match(await text(await open(get('/'))), /^HTTP\/1\.1 200 .*\r\nconnection: close\r\n.*done$/is)
  await drained
  await closesSoon(t, app)
})

t.test('a client that never finishes its request is cut off', async (t) => {
  const timers = t.capture(globalThis, 'setTimeout', (work: () => void, ms: number) =>
    realTimeout(work, ms === LAST_CALL_MS ? 50 : ms)
  )
  const { app, open } = await service(t)
  const socket = await open(get('/'))
  await once(socket, 'data')
  socket.write('GET / HTTP/1.1\r\nhost:')
  await once(await open(get('/')), 'data')
  await Promise.all([closesSoon(t, app), gone(socket)])
  t.ok(timers().length > 0)
})

const realTimeout = setTimeout

async function gone(socket: Socket) {
  socket.resume().on('error', () => {})
  if (!socket.destroyed) await once(socket, 'close')
}
