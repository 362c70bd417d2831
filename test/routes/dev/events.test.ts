import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { createMockGateway } from '../../../src/sms/mock-gateway.ts'
import { build, environment, randomPhone } from '../../helper.ts'
import { until } from '../../until.ts'

/** A listening service with its own inbox, and its streams. */
async function open(t: Test) {
  const REDIS_KEY_PREFIX = `${environment.REDIS_KEY_PREFIX}${randomUUID()}:`
  const built = await build(t, { DEBUG: 'true', REDIS_KEY_PREFIX }, { smsGateways: [createMockGateway()] })
  await built.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = built.app.server.address() as AddressInfo
  const listen = async (headers = '') => {
    const socket = connect(port, '127.0.0.1')
    t.teardown(() => socket.destroy())
    const heard = { socket, text: '' }
    socket.setEncoding('utf8').on('data', (chunk) => {
      heard.text += chunk
    })
    await once(socket, 'connect')
    socket.write(`GET /dev/events HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${headers}\r\n`)
    return heard
  }
  return { ...built, port, listen }
}
const placesIn = (text: string) => [...text.matchAll(/^id: (\S+)$/gm)].map(([, place]) => place)
const gone = (socket: Socket) => new Promise((resolve) => socket.once('close', resolve))

t.test('messages arrive as they are sent, and a returning client gets what it missed', async (t) => {
  const { listen, sendOtp } = await open(t)
  const [first, second] = [randomPhone(), randomPhone()]
  const heard = await listen()
  await sendOtp(first)
  await until(() => heard.text.includes(first))
  t.match(heard.text, /^HTTP\/1.1 200 OK\r\n/)
  t.match(heard.text, /content-type: text\/event-stream\r\n/i)
  t.match(heard.text, /x-content-type-options: nosniff\r\n/i)
  const [place] = placesIn(heard.text)
  heard.socket.destroy()

  await sendOtp(second)
  const again = await listen(`last-event-id: ${place}\r\n`)
  await until(() => again.text.includes(second))
  t.notMatch(again.text, first)
})

t.test('an invalid last-event-id is treated as none', async (t) => {
  const { listen, sendOtp } = await open(t)
  const phone = randomPhone()
  await sendOtp(phone)
  for (const place of ['- +', '0', `${'9'.repeat(40)}-0`, '1-0 COUNT']) {
    const heard = await listen(`last-event-id: ${place}\r\n`)
    await until(() => heard.text.includes(phone))
    t.match(heard.text, /^HTTP\/1.1 200/, place)
  }
})

t.test('of a thousand listeners a hundred are served, and the service keeps running', async (t) => {
  const { listen, sendOtp, app } = await open(t)
  const all = await Promise.all(Array.from({ length: 1_000 }, () => listen()))
  await until(() => all.every(({ text }) => text.includes('\r\n\r\n')))
  const served = all.filter(({ text }) => text.startsWith('HTTP/1.1 200'))
  t.equal(served.length, 100)
  for (const { text } of all.filter((each) => !served.includes(each))) {
    t.ok(text.startsWith('HTTP/1.1 503'))
    t.match(text, '"SERVICE_BUSY"')
  }
  const phone = randomPhone()
  t.equal((await sendOtp(phone)).statusCode, 200)
  await until(() => served.every(({ text }) => text.includes(phone)))
  for (const { socket } of all) socket.destroy()
  await until(async () => {
    const heard = await listen()
    await until(() => heard.text.includes('\r\n\r\n'))
    heard.socket.destroy()
    return heard.text.startsWith('HTTP/1.1 200')
  })
  t.equal((await app.inject('/health/live')).statusCode, 200)
})

t.test('a client that never reads blocks nobody', async (t) => {
  const { app, listen } = await open(t)
  const stuck = await listen()
  stuck.socket.pause()
  const heard = await listen()
  const text = 'x'.repeat(20_000)
  for (let round = 1; round <= 3; round++) {
    const message = { to: randomPhone(), text: `${text}${round}`, language: 'en' as const, ttlSeconds: 300 }
    await Promise.all(Array.from({ length: 150 }, () => app.sms.inbox?.keep(message, { gateway: 'mock' })))
    await until(() => placesIn(heard.text).length === 150 * round)
  }
  t.ok(heard.text.length > 9_000_000)
})

t.test('streams end when the service closes and do not delay it', async (t) => {
  const { app, listen } = await open(t)
  const heard = await listen()
  await until(() => heard.text.includes('retry'))
  const asked = performance.now()
  await Promise.all([app.close(), gone(heard.socket)])
  t.ok(performance.now() - asked < 2_000)
})

t.test('a HEAD request gets a 405, no stream', async (t) => {
  const { app } = await open(t)
  t.equal((await app.inject({ method: 'HEAD', url: '/dev/events' })).statusCode, 405)
})
