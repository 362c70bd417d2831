import { Socket } from 'node:net'
import t from 'tap'
import { deviceOf } from '../../src/http/device.ts'

const socket = new Socket()
const device = (headers: Record<string, string>, ip = '10.1.2.3') => deviceOf({ headers, ip, socket })

t.test('a device is its user agent, cut short, and its address', async (t) => {
  t.strictSame(device({ 'user-agent': 'Firefox' }), { userAgent: 'Firefox', ip: '10.1.2.3' })
  t.equal(device({ 'user-agent': 'x'.repeat(8_000) }).userAgent?.length, 200)
  t.match(device({}, '2001:db8:1:2:3:4:5:6'), { userAgent: null, ip: /^2001:db8:1:2:/ })
})

t.test('a user agent is shown as the device wrote it, or not at all', async (t) => {
  // Node gives each byte of a header as a character.
  const sent = (bytes: Buffer) => device({ 'user-agent': bytes.toString('latin1') }).userAgent
  t.equal(sent(Buffer.from('Мой дом/1.0')), 'Мой дом/1.0')
  t.equal(sent(Buffer.from([0xcc, 0xee, 0xe9])), null, 'windows-1251')
  t.equal(sent(Buffer.from('😀'.repeat(201))), '😀'.repeat(200), 'no half of a character is stored')
})
