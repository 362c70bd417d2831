import { setImmediate as aTurn } from 'node:timers/promises'
import t from 'tap'
import { createTurns, type TurnsOptions } from '../../src/load/turns.ts'

/** Work that ends when the test says so. */
function service(options: Partial<TurnsOptions>) {
  const turns = createTurns({
    places: 1,
    max: 10,
    timeoutMs: 60_000,
    busy: (why) => new Error(why),
    ...options
  })
  const begun: string[] = []
  const ends: (() => void)[] = []
  const run = (name: string) =>
    turns.run(async () => {
      begun.push(name)
      await new Promise<void>((resolve) => ends.push(resolve))
      return name
    })
  const end = async () => {
    ends.shift()?.()
    await aTurn()
  }
  return { turns, begun, run, end }
}

t.test('waiting work starts in order of arrival as places become free', async (t) => {
  const { turns, begun, run, end } = service({ places: 2 })
  const all = ['one', 'two', 'three', 'four'].map(run)
  await aTurn()
  t.strictSame(begun, ['one', 'two'])
  t.equal(turns.waiting, 2)
  await end()
  t.strictSame(begun, ['one', 'two', 'three'])
  for (let left = 0; left < 3; left++) await end()
  t.strictSame(await Promise.all(all), ['one', 'two', 'three', 'four'])
  t.equal(turns.waiting, 0)
})

t.test('work beyond the queue limit is refused at once, but not while a place is free', async (t) => {
  const { turns, run, end } = service({ max: 1 })
  t.equal(turns.isFull, false)
  const waiting = [run('one'), run('two')]
  t.equal(turns.isFull, true)
  await t.rejects(run('three'), { message: '1 wait already' })
  await end()
  await end()
  await Promise.all(waiting)
  t.equal(turns.isFull, false)
})

t.test('work that gets no place in time is refused and never begun', async (t) => {
  const { begun, run, end } = service({ timeoutMs: 20 })
  const first = run('one')
  await t.rejects(run('two'), { message: 'no place became free within 20 ms' })
  await end()
  await first
  t.strictSame(begun, ['one'])
})

t.test('work that would wait too long at the current pace is refused at once', async (t) => {
  let now = 1_000
  t.capture(performance, 'now', () => now)
  const { turns, run, end } = service({ max: 100, timeoutMs: 500 })
  const all = Array.from({ length: 20 }, (_, place) => run(`${place}`))
  for (let ended = 0; ended < 3; ended++) {
    now += 40
    await end()
  }
  t.ok(turns.waitMs > 500)
  await t.rejects(run('too late'), { message: '16 wait already' })
  for (let ended = 3; ended < 20; ended++) await end()
  await Promise.all(all)
  t.equal(await Promise.all([run('again'), aTurn().then(end)]).then(([name]) => name), 'again')
})

t.test('work that fails gives its place back', async (t) => {
  const { turns } = service({})
  await t.rejects(
    turns.run(async () => {
      throw new Error('the work failed')
    }),
    { message: 'the work failed' }
  )
  t.equal(await turns.run(async () => 'the next'), 'the next')
})
