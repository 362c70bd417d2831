import type { NetworkInterfaceInfo } from 'node:os'
import t from 'tap'
import { citizenLine, clerkLine, phoneLines } from '../../scripts/dev-greeting.ts'

const ipv4 = (address: string, internal = false): NetworkInterfaceInfo => ({
  ...{ address, internal, family: 'IPv4', netmask: '255.255.255.0', mac: '00:00:00:00:00:00', cidr: null }
})
const ipv6 = (address: string): NetworkInterfaceInfo => ({
  ...{ address, internal: false, family: 'IPv6', netmask: 'ffff::', mac: '00:00:00:00:00:00', cidr: null },
  scopeid: 0
})

t.test('seeded users are listed with what they sign in with', async (t) => {
  const clerk = { phone: '+998900000002', password: 'secret', name: 'Clerk', department: 'Office' }
  t.equal(clerkLine('Second staff', clerk), '  Second staff   +998900000002   password secret')
  const citizen = { phone: '+998901234567', name: 'Ali Valiyev' }
  t.equal(citizenLine(citizen), '  Citizen        +998901234567   code 1111   Ali Valiyev')
})

t.test('a server that only this machine reaches says what phones need, and what that implies', async (t) => {
  for (const host of ['127.0.0.1', '127.1.2.3', 'localhost', '::1']) {
    const [told, ...more] = phoneLines(host, 'http://127.0.0.1:3000')
    t.match(told, 'HOST=0.0.0.0 DEBUG_EVEN_ON_A_NETWORK=true npm run dev   (then everybody in that network')
    t.strictSame(more, [])
  }
})

t.test('a server that the network reaches lists each of its addresses for phones', async (t) => {
  const interfaces = {
    lo: [ipv4('127.0.0.1', true)],
    wlan0: [ipv6('fe80::1'), ipv4('192.168.1.20')],
    eth0: [ipv4('10.1.2.3')]
  }
  for (const host of ['0.0.0.0', '::']) {
    const lines = phoneLines(host, 'http://127.0.0.1:3997', interfaces)
    t.match(lines, [
      /http:\/\/192\.168\.1\.20:3997 {3}\(wlan0: everybody .* as anybody\)$/,
      /http:\/\/10\.1\.2\.3:3997 {3}\(eth0: everybody/
    ])
    t.equal(lines.length, 2)
  }
  t.match(phoneLines('10.1.2.3', 'http://10.1.2.3:3000', interfaces), [
    /http:\/\/10\.1\.2\.3:3000 {3}\(everybody/
  ])
  t.ok(
    Array.isArray(phoneLines('0.0.0.0', 'http://127.0.0.1:3000')),
    'this machine has some addresses or none'
  )
})
