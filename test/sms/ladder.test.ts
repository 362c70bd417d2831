import Fastify from 'fastify'
import t from 'tap'
import { type FailureKind, type Gateway, GatewayFailure, type Message } from '../../src/sms/gateway.ts'
import { createLadder } from '../../src/sms/ladder.ts'
import { gatewayOf } from '../helper.ts'
import { until } from '../until.ts'

const message = {
  to: '+998901234567',
  text: 'Kirish kodi: 4821.',
  language: 'uz',
  code: '4821',
  ttlSeconds: 300
} as const
const fails = (kind: FailureKind) => () => Promise.reject(new GatewayFailure(kind, 'says the provider'))

/** A ladder of gateways that deliver like this; records which of them were asked. */
function ladder(
  rungs: Record<string, (message: Message) => Promise<unknown>>,
  { timeoutMs = 60_000, probeMs = 60_000 } = {}
) {
  const asked: string[] = []
  const gateways = Object.entries(rungs).map(
    ([name, deliver]): Gateway =>
      gatewayOf(async (message) => {
        asked.push(name)
        await deliver(message)
      }, name)
  )
  const log: Record<string, unknown>[] = []
  const stream = { write: (line: string) => log.push(JSON.parse(line)) }
  const send = createLadder(gateways, { timeoutMs, probeMs }, Fastify({ logger: { stream } }).log)
  return { send, asked, events: () => log.map(({ event }) => event), log }
}

t.test('the first gateway that accepts a message sends it, and no other is asked', async (t) => {
  const { send, asked } = ladder({ one: async () => {}, two: async () => {} })
  t.match(await send(message), { gateway: 'one', channel: 'sms', parts: 1, providerId: String })
  t.strictSame(asked, ['one'])
})

for (const kind of ['unreachable', 'rejected', 'auth', 'balance', 'rate_limited', 'unavailable'] as const) {
  t.test(
    `a message that a gateway fails to send (${kind}) goes to the next one, with the same code`,
    async (t) => {
      let carried: Message | undefined
      const { send, asked } = ladder({
        one: fails(kind),
        two: async (message) => {
          carried = message
        }
      })
      t.match(await send(message), { gateway: 'two' })
      t.match(carried, message)
      t.strictSame(asked, ['one', 'two'])
    }
  )
}

t.test('a gateway that fails unexpectedly is passed over too', async (t) => {
  const { send } = ladder({ one: () => Promise.reject(new TypeError('no such field')), two: async () => {} })
  t.match(await send(message), { gateway: 'two' })
})

t.test('an invalid number is a 400 for the citizen, and no other gateway is paid for it', async (t) => {
  const { send, asked } = ladder({ one: fails('invalid_number'), two: async () => {} })
  await t.rejects(send(message), { statusCode: 400, code: 'PHONE_INVALID' })
  t.strictSame(asked, ['one'])
})

t.test('a message that may have been accepted is sent by no other gateway and is no error', async (t) => {
  const { send, asked, events } = ladder({ one: fails('timeout'), two: async () => {} })
  t.strictSame(await send(message), { gateway: 'one' })
  t.strictSame(asked, ['one'])
  t.strictSame(events(), ['sms_unknown'])
})

t.test('a gateway that does not answer in time is aborted, and may have accepted the message', async (t) => {
  let asked: AbortSignal | undefined
  const silent = async ({ signal }: Message) => {
    asked = signal
    await new Promise(() => {})
  }
  const { send } = ladder({ one: silent, two: async () => {} }, { timeoutMs: 30 })
  t.strictSame(await send(message), { gateway: 'one' })
  t.ok(asked?.aborted)
})

t.test('a request past its deadline asks no gateway', async (t) => {
  const { send, asked } = ladder({ one: fails('unavailable'), two: async () => {} })
  await t.rejects(send(message, performance.now()), { statusCode: 503, code: 'SMS_UNAVAILABLE' })
  t.strictSame(asked, [])
})

t.test('a message that no gateway accepts is SMS_UNAVAILABLE, with each reason logged', async (t) => {
  const { send, log } = ladder({ one: fails('auth'), two: fails('balance') })
  await t.rejects(send(message), { statusCode: 503, code: 'SMS_UNAVAILABLE', cause: { kind: 'balance' } })
  t.match(log, [
    { event: 'sms_gateway_failed', gateway: 'one', kind: 'auth' },
    { event: 'sms_gateway_failed', gateway: 'two', kind: 'balance' }
  ])
})

t.test('a message continues with the gateway after the one tried before', async (t) => {
  const { send, asked } = ladder({ one: async () => {}, two: async () => {} })
  t.match(await send(message, undefined, 'one'), { gateway: 'two' })
  t.strictSame(asked, ['two'])
})

t.test('a gateway that keeps failing is skipped, and comes back once it works', async (t) => {
  let isDown = true
  const down = async () => {
    if (isDown) await fails('unavailable')()
  }
  const { send, asked, events } = ladder({ one: down, two: async () => {} }, { probeMs: 200 })
  // The breaker counts whole seconds of calls: five of them in thirty.
  await until(async () => {
    await send(message)
    return events().includes('sms_gateway_left')
  })
  const before = asked.length
  t.match(await send(message), { gateway: 'two' })
  t.strictSame(asked.slice(before), ['two'], 'it is not even asked')
  isDown = false
  await until(async () => (await send(message)).gateway === 'one')
  t.ok(events().includes('sms_gateway_back'))
})

t.test('other messages do not wait while one tries a skipped gateway', async (t) => {
  let isHanging = false
  const down = async () => {
    if (isHanging) await new Promise(() => {})
    await fails('unavailable')()
  }
  const { send, asked, events } = ladder({ one: down, two: async () => {} }, { timeoutMs: 400, probeMs: 50 })
  await until(async () => {
    await send(message)
    return events().includes('sms_gateway_left')
  })
  isHanging = true
  await until(async () => {
    const before = asked.length
    const trying = send(message)
    if (asked[before] !== 'one') return trying.then(() => false)
    const start = performance.now()
    t.match(await send(message), { gateway: 'two' })
    t.ok(performance.now() - start < 300)
    t.strictSame(await trying, { gateway: 'one' })
    return true
  })
})

t.test('the last gateway is always tried, since there is no other', async (t) => {
  const { send, asked } = ladder({ one: fails('unavailable') })
  for (let times = 0; times < 20; times++) await t.rejects(send(message), { code: 'SMS_UNAVAILABLE' })
  t.equal(asked.length, 20)
})

t.test('unreachable numbers and refused texts do not get a gateway skipped', async (t) => {
  for (const kind of ['unreachable', 'rejected', 'invalid_number'] as const) {
    const { send, asked } = ladder({ one: fails(kind), two: async () => {} })
    for (let times = 0; times < 20; times++) await send(message).catch(() => {})
    t.equal(asked.filter((name) => name === 'one').length, 20, kind)
  }
})

t.test('a provider that quotes the message does not put the code in the log', async (t) => {
  for (const refusal of [
    new Error('refused: 5901'),
    '5901',
    new GatewayFailure('rejected', 'refused: 5901')
  ]) {
    const { send, log } = ladder({ one: () => Promise.reject(refusal) })
    const failure = await send(message).catch((error: Error) => String(error.cause))
    t.notMatch(failure, '5901')
    t.notMatch(JSON.stringify(log), '5901')
  }
})
