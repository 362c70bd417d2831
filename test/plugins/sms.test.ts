import { once } from 'node:events'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import sms, { type SmsGateway } from '../../src/plugins/sms.ts'

/** `fastify.sms` with a gateway that does this. */
async function withGateway(t: Test, deliver: SmsGateway['deliver'], timeoutMs = 60_000) {
  const app = Fastify().register(sms, { gateway: { deliver }, timeoutMs })
  t.teardown(() => app.close())
  await app.ready()
  return app.sms
}

t.test('a text goes to the gateway as it is', async (t) => {
  const delivered: unknown[] = []
  const { send } = await withGateway(t, async (...[to, text]) => {
    delivered.push({ to, text })
  })
  await send('+998901234567', 'Kirish kodi: 4821.')
  t.strictSame(delivered, [{ to: '+998901234567', text: 'Kirish kodi: 4821.' }])
})

t.test('a message is sent once the gateway has taken it, not before', async (t) => {
  let taken = false
  const { send } = await withGateway(t, async () => {
    await new Promise(setImmediate)
    taken = true
  })
  await send('+998901234567', 'hello')
  t.ok(taken)
})

t.test('a gateway is not waited for longer than its request waits', async (t) => {
  let asked: AbortSignal | undefined
  const { send } = await withGateway(t, async (_to, _text, signal) => {
    asked = signal
    await once(signal, 'abort')
  })
  await t.rejects(send('+998901234567', 'hello', performance.now() + 20), { code: 'SMS_UNAVAILABLE' })
  t.ok(asked?.aborted)
})

t.test('a gateway that refuses is SMS_UNAVAILABLE, and its reason is kept for the log', async (t) => {
  const reason = new Error('no credit')
  const { send } = await withGateway(t, () => Promise.reject(reason))
  await t.rejects(send('+998901234567', 'hello'), { statusCode: 503, code: 'SMS_UNAVAILABLE', cause: reason })
})

t.test('a gateway that fails before it has begun is SMS_UNAVAILABLE too', async (t) => {
  const { send } = await withGateway(t, () => {
    throw new TypeError('bad configuration')
  })
  await t.rejects(send('+998901234567', 'hello'), {
    code: 'SMS_UNAVAILABLE',
    cause: { name: 'TypeError', message: 'bad configuration' }
  })
})

t.test('a provider that quotes the message does not put the code into the log', async (t) => {
  for (const refusal of [new Error('refused: Kirish kodi: 5901'), 'refused: 5901']) {
    const { send } = await withGateway(t, () => Promise.reject(refusal))
    const failure = await send('+998901234567', 'Kirish kodi: 5901').catch((error: Error) => error.cause)
    t.match(String(failure), 'refused')
    t.notMatch(String(failure), '5901')
  }
})

t.test('a gateway that does not answer in time is SMS_UNAVAILABLE, and is told to stop', async (t) => {
  // The timer of an AbortSignal does not keep the process alive, as a listening server does.
  const alive = setInterval(() => {}, 1_000)
  t.teardown(() => clearInterval(alive))
  let told: Promise<unknown> | undefined
  const deliver: SmsGateway['deliver'] = (_to, _text, signal) => {
    told = once(signal, 'abort')
    return new Promise(() => {})
  }
  const { send } = await withGateway(t, deliver, 20)
  await t.rejects(send('+998901234567', 'hello'), {
    code: 'SMS_UNAVAILABLE',
    cause: { name: 'TimeoutError' }
  })
  t.match(await told, [{ type: 'abort' }])
})
