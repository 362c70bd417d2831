import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import { INBOX_KEY } from '../../src/redis/sms-steps.ts'
import type { Gateway } from '../../src/sms/gateway.ts'
import { createInbox } from '../../src/sms/inbox.ts'
import { createMockGateway } from '../../src/sms/mock-gateway.ts'
import { build, connectRedis, environment, gatewayOf, randomPhone } from '../helper.ts'

/** An inbox that no other test fills, and its Redis. */
function open(t: Test) {
  const prefix = `${environment.REDIS_KEY_PREFIX}${randomUUID()}:`
  const redis = connectRedis(prefix)
  t.teardown(async () => {
    await redis.del(INBOX_KEY)
    redis.disconnect()
  })
  return { prefix, redis, inbox: createInbox(redis) }
}
const hello = (text: string) => ({ to: '+998901234567', text, language: 'en' as const, ttlSeconds: 300 })

t.test('a message is kept with its number, text, channel and time', async (t) => {
  const { inbox } = open(t)
  const before = Date.now()
  await inbox.keep(hello('one'), { gateway: 'mock' })
  await inbox.keep(hello('two'), { gateway: 'telegram', channel: 'telegram' })
  const [two, one] = await inbox.newest()
  t.match(one, { to: '+998901234567', text: 'one', channel: 'sms' })
  t.match(two, { to: '+998901234567', text: 'two', channel: 'telegram' })
  const sentAt = Date.parse(one?.sent_at ?? '')
  t.ok(sentAt >= before && sentAt <= Date.now())
})

t.test('a reader gets what came after a position, oldest first', async (t) => {
  const { inbox } = open(t)
  for (const text of ['one', 'two', 'three']) await inbox.keep(hello(text), { gateway: 'mock' })
  const all = await inbox.after('0-0')
  t.strictSame(
    all.map(({ message }) => message.text),
    ['one', 'two', 'three']
  )
  t.strictSame(await inbox.after(all[0]?.id ?? ''), all.slice(1))
  t.strictSame(await inbox.after(all[2]?.id ?? ''), [])
})

t.test('only the last 200 messages are kept, and those for a day', async (t) => {
  const { inbox, redis } = open(t)
  await Promise.all(
    Array.from({ length: 250 }, (_, turn) => inbox.keep(hello(String(turn)), { gateway: 'mock' }))
  )
  t.equal((await inbox.newest()).length, 200)
  t.equal(await redis.ttl(INBOX_KEY), 86_400)
})

t.test('two processes share an inbox, with messages of any gateway', async (t) => {
  const { prefix } = open(t)
  const telegram: Gateway = {
    name: 'telegram',
    send: async () => ({ providerId: 'one', channel: 'telegram', parts: 1 })
  }
  const [one, other] = await Promise.all(
    [[createMockGateway()], [telegram, createMockGateway()]].map((smsGateways) =>
      build(t, { DEBUG: 'true', REDIS_KEY_PREFIX: prefix }, { smsGateways })
    )
  )
  const [first, second] = [randomPhone(), randomPhone()]
  await one?.sendOtp(first)
  await other?.sendOtp(second)
  for (const built of [one, other])
    t.match(await built?.app.sms.inbox?.newest(), [
      { to: second, channel: 'telegram' },
      { to: first, channel: 'sms' }
    ])
})

t.test('there is no inbox without DEBUG or without the mock gateway', async (t) => {
  for (const [changes, gateway] of [
    [{}, createMockGateway()],
    [{ DEBUG: 'true' }, gatewayOf(async () => {})]
  ] as const) {
    const { app, sendOtp } = await build(t, changes, { smsGateways: [gateway] })
    t.equal((await sendOtp(randomPhone())).statusCode, 200)
    t.equal(app.sms.inbox, undefined)
  }
})
