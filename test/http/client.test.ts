import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { text } from 'node:stream/consumers'
import Fastify from 'fastify'
import t from 'tap'
import { clientAddress, deviceOf } from '../../src/http/client.ts'

const proxy = '10.0.0.9'
const app = Fastify({ trustProxy: ['10.0.0.0/8'] })
app.get('/', async (request) => clientAddress(request))

/** The address that a request counts against. */
async function counted(remoteAddress: string, forwardedFor?: string): Promise<string> {
  const headers = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor }
  return (await app.inject({ url: '/', remoteAddress, headers })).body
}

t.test('a client is counted by its own IPv4 address', async (t) => {
  t.equal(await counted('192.0.2.1'), '192.0.2.1')
  t.equal(await counted('::ffff:192.0.2.1'), '192.0.2.1', 'however the socket spells it')
})

t.test('all addresses of an IPv6 /64 are counted as one client', async (t) => {
  const home = await counted('2001:db8:1:2::1')
  t.equal(await counted('2001:db8:1:2:aaaa:bbbb:cccc:dddd'), home)
  t.equal(await counted('2001:0DB8:0001:0002::ffff'), home)
  t.not(await counted('2001:db8:1:3::1'), home)
})

t.test('a client behind a trusted proxy is counted by its forwarded address', async (t) => {
  t.equal(await counted(proxy, '192.0.2.1'), '192.0.2.1')
  t.equal(
    await counted(proxy, '6.6.6.6, 192.0.2.1'),
    '192.0.2.1',
    'what the client forged stands further left'
  )
  t.equal(await counted(proxy, '2001:db8:1:2::1'), await counted('2001:db8:1:2::2'))
})

t.test('a client that is not a proxy cannot choose its address', async (t) => {
  t.equal(await counted('192.0.2.1', '6.6.6.6'), '192.0.2.1')
})

t.test('an invalid forwarded address counts against the proxy', async (t) => {
  for (const forwarded of ['not-an-ip', '192.0.2.1:4711', '<script>', 'unknown', '192.0.2.1.5', '']) {
    t.equal(await counted(proxy, forwarded), proxy, forwarded)
  }
})

t.test('a client on a Unix socket, which has no address, counts as unknown', async (t) => {
  const local = Fastify()
  local.get('/', async (request) => clientAddress(request))
  t.teardown(() => local.close())
  // Not t.testdir: the path of a socket can have only a hundred characters.
  const folder = await mkdtemp(`${tmpdir()}/address-`)
  t.teardown(() => rm(folder, { recursive: true }))
  const socketPath = `${folder}/http.sock`
  await local.listen({ path: socketPath })
  const [response] = await once(request({ socketPath, path: '/' }).end(), 'response')
  t.equal(await text(response), 'unknown')
})

const device = (headers: Record<string, string>, ip = '10.1.2.3') =>
  deviceOf({ headers, ip, socket: new Socket() })

t.test('a device is its user agent, truncated, and its address', async (t) => {
  t.strictSame(device({ 'user-agent': 'Firefox' }), { userAgent: 'Firefox', ip: '10.1.2.3' })
  t.equal(device({ 'user-agent': 'x'.repeat(8_000) }).userAgent?.length, 200)
  t.match(device({}, '2001:db8:1:2:3:4:5:6'), { userAgent: null, ip: /^2001:db8:1:2:/ })
})

t.test('a user agent is shown as the device wrote it, or not at all', async (t) => {
  // Node gives each byte of a header as a character.
  const sent = (bytes: Buffer) => device({ 'user-agent': bytes.toString('latin1') }).userAgent
  t.equal(sent(Buffer.from('Мой дом/1.0')), 'Мой дом/1.0')
  t.equal(sent(Buffer.from([0xcc, 0xee, 0xe9])), null, 'windows-1251')
  t.equal(sent(Buffer.from('😀'.repeat(201))), '😀'.repeat(200), 'no character is cut in half')
})
