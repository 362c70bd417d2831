import { once } from 'node:events'
import t from 'tap'
import { DeadlineExceeded, within } from '../src/deadline.ts'

const never = () => new Promise<never>(() => {})

t.test('work that ends in time gives its result', async (t) => {
  t.equal(await within(60_000, async () => 'done'), 'done')
})

t.test('work that fails in time fails with its own error', async (t) => {
  const error = new Error('refused')
  await t.rejects(
    within(60_000, async () => {
      throw error
    }),
    error
  )
})

t.test('work that fails before it has begun fails with its own error too', async (t) => {
  const error = new Error('no promise was made')
  const work = (): Promise<void> => {
    throw error
  }
  await t.rejects(within(60_000, work), error)
})

t.test('work that never ends is given up, and the error says after how long', async (t) => {
  await t.rejects(within(20, never), { name: 'DeadlineExceeded', message: 'no answer within 20 ms' })
  await t.rejects(within(20, never), DeadlineExceeded)
})

t.test('work is told to stop when its time is over, and not before', async (t) => {
  // The timer of an AbortSignal does not keep the process alive, as a listening server does.
  const alive = setInterval(() => {}, 1_000)
  t.teardown(() => clearInterval(alive))
  let told: Promise<unknown> | undefined
  const work = (signal: AbortSignal) => {
    t.notOk(signal.aborted)
    told = once(signal, 'abort')
    return never()
  }
  await t.rejects(within(20, work), DeadlineExceeded)
  t.match(await told, [{ type: 'abort' }])
})

t.test('work that fails after it was given up disturbs nobody', async (t) => {
  const unhandled: unknown[] = []
  const note = (reason: unknown) => unhandled.push(reason)
  process.on('unhandledRejection', note)
  t.teardown(() => process.off('unhandledRejection', note))
  let fail = (_reason: Error) => {}
  const late = new Promise<never>((_, reject) => {
    fail = reject
  })
  await t.rejects(
    within(10, () => late),
    DeadlineExceeded
  )
  fail(new Error('too late'))
  await new Promise(setImmediate)
  t.strictSame(unhandled, [])
})

t.test('a process can end at once when the work has ended', async (t) => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const before = timers()
  await within(60_000, async () => 'done')
  t.equal(timers(), before)
})
