import { mock } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { watchBalance } from '../../src/sms/balance-watch.ts'

const HOUR_MS = 3_600_000

/** A watch for which the test sets the time and the balance. */
function watched(t: Test, minimum = 100) {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  t.teardown(() => mock.timers.reset())
  const lines: string[] = []
  const { log } = Fastify({ logger: { stream: { write: (line: string) => lines.push(line) } } })
  const state = { balance: 1_000 as number | Error, looks: 0 }
  const read = async () => {
    state.looks++
    if (state.balance instanceof Error) throw state.balance
    return state.balance
  }
  const { stop } = watchBalance('eskiz', minimum, read, log)
  const pass = async (milliseconds: number) => {
    mock.timers.tick(milliseconds)
    await nextTurn()
  }
  return { state, stop, pass, events: () => lines.map((line) => JSON.parse(line)) }
}

t.test(
  'a balance is checked soon after startup and then hourly, silently while it is sufficient',
  async (t) => {
    const { state, pass, events } = watched(t)
    await pass(1_000)
    t.equal(state.looks, 1)
    for (let hour = 0; hour < 3; hour++) await pass(HOUR_MS)
    t.equal(state.looks, 4)
    t.strictSame(events(), [])
  }
)

t.test('a balance below the minimum is a warning each time', async (t) => {
  const { state, pass, events } = watched(t)
  state.balance = 100
  await pass(1_000)
  t.strictSame(events(), [], 'just enough')
  state.balance = 99
  await pass(HOUR_MS)
  await pass(HOUR_MS)
  const warning = { level: 40, event: 'sms_balance_low', gateway: 'eskiz', balance: 99, minimum: 100 }
  t.match(events(), [warning, warning])
})

t.test('a gateway with an unknown balance is a warning, and is asked again', async (t) => {
  const { state, pass, events } = watched(t)
  state.balance = new Error('no answer')
  await pass(1_000)
  t.match(events(), [{ level: 40, event: 'sms_balance_unknown', gateway: 'eskiz' }])
  state.balance = 1_000
  await pass(HOUR_MS)
  t.equal(state.looks, 2)
})

t.test('a stopped watch checks nothing more', async (t) => {
  const { state, pass, stop } = watched(t)
  stop()
  await pass(1_000)
  await pass(HOUR_MS)
  t.equal(state.looks, 0)
})
