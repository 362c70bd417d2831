import { mock } from 'node:test'
import t, { type Test } from 'tap'
import { build } from '../helper.ts'

const proxy = '10.0.0.9'

/** The app that trusts these proxies, on a mocked clock. */
async function service(t: Test, TRUST_PROXY = '') {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const { app, log } = await build(t, { TRUST_PROXY, LOG_LEVEL: 'warn' })
  return {
    app,
    /** Sends this many requests from a peer: its own, or those of clients that it forwards. */
    async requests(count: number, remoteAddress: string, forwardedFor?: (client: string) => string) {
      for (let i = 0; i < count; i++) {
        const headers = forwardedFor && { 'x-forwarded-for': forwardedFor(`203.0.113.${i}`) }
        await app.inject({ url: i % 2 ? '/health/live' : '/nope', remoteAddress, headers: headers ?? {} })
      }
    },
    minute: () => mock.timers.tick(60_000),
    warnings: () => log.map((line) => JSON.parse(line))
  }
}

const client = (address: string) => address

t.test('a proxy missing from TRUST_PROXY is named in a warning once a minute', async (t) => {
  const { requests, minute, warnings } = await service(t)
  await requests(100, proxy, client)
  t.strictSame(warnings(), [], 'not before the minute is over')
  minute()
  t.match(warnings(), [{ level: 40, event: 'proxy_not_trusted', address: proxy, requests: 100 }])
  t.match(warnings()[0].msg, `if it is your own proxy, and only then, add ${proxy} to TRUST_PROXY`)
  minute()
  t.equal(warnings().length, 1, 'a minute without requests')
  await requests(120, proxy, client)
  minute()
  t.match(warnings()[1], { requests: 120 }, 'each minute is counted afresh')
})

t.test('following the warning silences it, however the socket spells the address', async (t) => {
  const before = await service(t)
  await before.requests(100, `::ffff:${proxy}`, client)
  before.minute()
  const [{ address }] = before.warnings()
  t.equal(address, proxy)
  mock.timers.reset()
  const after = await service(t, address)
  await after.requests(100, `::ffff:${proxy}`, client)
  after.minute()
  t.strictSame(after.warnings(), [])
})

t.test('behind a trusted proxy, the next proxy is named if it is missing', async (t) => {
  const { requests, minute, warnings } = await service(t, '10.0.0.0/8')
  await requests(100, proxy, (address) => `6.6.6.6, ${address}, 192.0.2.80`)
  minute()
  t.match(warnings(), [{ address: '192.0.2.80' }])
})

t.test('clients that forge X-Forwarded-For behind a trusted proxy cause no warning', async (t) => {
  const { requests, minute, warnings } = await service(t, '10.0.0.0/8')
  await requests(200, proxy, (address) => `6.6.6.6, ${address}`)
  minute()
  t.strictSame(warnings(), [])
})

t.test('a trusted proxy that forwards no client addresses causes a warning', async (t) => {
  const { requests, minute, warnings } = await service(t, '10.0.0.0/8')
  await requests(200, proxy, () => '6.6.6.6, not-an-ip')
  minute()
  t.match(warnings(), [{ event: 'proxy_not_trusted', address: proxy }])
})

t.test('clients behind a trusted proxy are told apart, despite ports, brackets and quotes', async (t) => {
  for (const spelling of [
    (address: string) => `${address}:51234`,
    (address: string) => `"${address}"`,
    (address: string) => `6.6.6.6, [2001:db8:0:${address.split('.').at(-1)}::9]:443`
  ]) {
    const built = await build(t, { TRUST_PROXY: '10.0.0.0/8' })
    for (let i = 0; i < 3; i++) {
      const headers = { 'x-forwarded-for': spelling(`203.0.113.${i}`) }
      await built.app.inject({ url: '/health/live', remoteAddress: proxy, headers })
    }
    const addresses = built.log.map((line) => JSON.parse(line).address).filter(Boolean)
    t.equal(new Set(addresses).size, 3)
    t.notOk(addresses.includes(proxy))
  }
})

t.test('a proxy that carries 95 % of the requests causes a warning', async (t) => {
  const { requests, minute, warnings } = await service(t)
  for (let i = 0; i < 5; i++) {
    await requests(1, `192.0.2.${i}`)
    await requests(19, proxy, client)
  }
  minute()
  t.match(warnings(), [{ address: proxy }])
})

t.test('a proxy that carries 89 % of the requests causes no warning', async (t) => {
  const { requests, minute, warnings } = await service(t)
  await requests(89, proxy, client)
  await requests(6, '192.0.2.1')
  await requests(5, '192.0.2.2', client)
  minute()
  t.strictSame(warnings(), [])
})

t.test('one busy client that forwards for nobody causes no warning', async (t) => {
  const { requests, minute, warnings } = await service(t)
  await requests(200, '192.0.2.1')
  minute()
  t.strictSame(warnings(), [])
})

t.test('fewer than 100 requests a minute cause no warning', async (t) => {
  const { requests, minute, warnings } = await service(t)
  await requests(99, proxy, client)
  minute()
  t.strictSame(warnings(), [])
})

t.test('a closed service no longer warns', async (t) => {
  const { app, requests, minute, warnings } = await service(t)
  await requests(100, proxy, client)
  await app.close()
  minute()
  t.strictSame(warnings(), [])
})
