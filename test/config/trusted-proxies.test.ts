import t from 'tap'
import { complaint, load } from './read.ts'

t.test('only addresses and CIDRs can be trusted as proxies', async (t) => {
  const ranges = [
    '10.0.0.0/8',
    'fd12::/16',
    '192.0.2.1',
    '2001:db8::1/128',
    '10.0.0.0/32',
    '::ffff:10.0.0.0/104'
  ]
  t.strictSame(load({ TRUST_PROXY: ranges.join(',') }).TRUST_PROXY, ranges)
  const unsafe = [
    'true',
    '1',
    'loopback',
    'proxy.example',
    '*',
    '0.0.0.0/0',
    '::/0',
    '10.0.0.0/7',
    'fd00::/15',
    '::ffff:0.0.0.0/96',
    '::FFFF:0:0/96',
    '0:0:0:0:0:ffff::/96'
  ]
  const misspelt = [
    'fe80::1%eth0',
    '10.0.0.0/33',
    'fd00::/129',
    '10.0.0.0/8/8',
    '10.0.0.0/',
    '10.0.0.0/x',
    '10.0.0.0/8,true'
  ]
  for (const value of [...unsafe, ...misspelt]) {
    t.match(complaint({ TRUST_PROXY: value }), 'TRUST_PROXY must list CIDRs', value)
  }
})

t.test('all private ranges can be trusted together, but not most of the internet bit by bit', async (t) => {
  const ranges = '10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,127.0.0.0/8,169.254.0.0/16,fd00::/16'
  t.strictSame(load({ TRUST_PROXY: ranges }).TRUST_PROXY, ranges.split(','))
  const parts = (count: number, part: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => part(index)).join(',')
  for (const value of [
    parts(256, (index) => `${index}.0.0.0/8`),
    parts(5, (index) => `${index}.0.0.0/8`),
    parts(9, (index) => `${index}.128.0.0/9`),
    parts(5, (index) => `200${index}::/16`),
    parts(5, (index) => `::ffff:${index}.0.0.0/104`)
  ]) {
    t.match(complaint({ TRUST_PROXY: value }), 'more than four of these together', value)
  }
})

t.test(
  'TRUST_PROXY=true or a proxy count is refused, since clients could choose their address',
  async (t) => {
    for (const value of ['true', '1', '2']) {
      t.match(complaint({ TRUST_PROXY: value }), 'a number or more than a /8', value)
    }
  }
)
