import { Socket } from 'node:net'
import t from 'tap'
import { deviceOf } from '../src/device.ts'

const socket = new Socket()
const device = (headers: Record<string, string>, ip = '10.1.2.3') => deviceOf({ headers, ip, socket })

t.test('a device is its user agent, cut short, and its address', async (t) => {
  t.strictSame(device({ 'user-agent': 'Firefox' }), { userAgent: 'Firefox', ip: '10.1.2.3' })
  t.equal(device({ 'user-agent': 'x'.repeat(8_000) }).userAgent?.length, 200)
  t.match(device({}, '2001:db8:1:2:3:4:5:6'), { userAgent: null, ip: /^2001:db8:1:2:/ })
})
