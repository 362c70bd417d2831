import t from 'tap'
import { plainAddresses } from '../../src/http/forwarded.ts'

t.test('an address is stripped of what a load balancer writes around it', async (t) => {
  for (const [written, plain] of [
    ['203.0.113.7', '203.0.113.7'],
    ['203.0.113.7:51234', '203.0.113.7'],
    ['"203.0.113.7:51234"', '203.0.113.7'],
    ['[2001:db8::9]:443', '2001:db8::9'],
    ['[2001:db8::9]', '2001:db8::9'],
    ['"[2001:db8::9]:443"', '2001:db8::9'],
    ['" 2001:db8::9 "', '2001:db8::9'],
    ['2001:db8::9', '2001:db8::9'],
    ['  203.0.113.7 ,[2001:db8::9]:1,"10.0.0.1"', '203.0.113.7, 2001:db8::9, 10.0.0.1']
  ] as const) {
    t.equal(plainAddresses(written), plain, written)
  }
})

t.test('text that is not an address stays as it is', async (t) => {
  for (const none of [
    'unknown',
    '_hidden',
    '',
    '203.0.113.256:80',
    '[nothing]:80',
    'host:80',
    '1.2.3.4:5:6',
    '"'
  ]) {
    t.equal(plainAddresses(none), none)
  }
})
