import t, { type Test } from 'tap'
import { Pace } from '../../src/load/pace.ts'

/** A pace measured by a clock that the test sets (ms). */
function paceAt(t: Test) {
  const clock = { now: 1_000 }
  t.capture(performance, 'now', () => clock.now)
  const pace = new Pace()
  /** Notes, `ms` milliseconds later, that `left` have left. */
  const leave = (left: number, ms: number, isEmpty = false) => {
    clock.now += ms
    pace.note(left, isEmpty)
  }
  return { pace, leave }
}

t.test('a newcomer waits as long as those ahead take to leave', async (t) => {
  const { pace, leave } = paceAt(t)
  leave(1, 0)
  for (let turn = 0; turn < 100; turn++) leave(2, 10)
  t.equal(Math.round(pace.waitBehind(20)), 100)
  t.equal(pace.waitBehind(0), 0)
})

t.test('no wait is predicted for a queue that nobody has left, or that was empty', async (t) => {
  const { pace, leave } = paceAt(t)
  t.equal(pace.waitBehind(1_000), 0)
  leave(1, 0)
  t.equal(pace.waitBehind(1_000), 0, 'the first one may have come to an empty queue')
  leave(1, 40)
  t.equal(pace.waitBehind(1_000), 0, 'a momentary crowd is gone in the next moment')
  leave(1, 10)
  t.ok(pace.waitBehind(1_000) > 0)
  leave(1, 50, true)
  t.equal(pace.waitBehind(1_000), 0)
  leave(1, 60_000)
  t.equal(pace.waitBehind(1_000), 0, 'idle time before it is not slowness')
})

t.test('a slow spell is forgotten in two seconds', async (t) => {
  const { pace, leave } = paceAt(t)
  leave(1, 0)
  for (let turn = 0; turn < 100; turn++) leave(1, 1)
  leave(1, 5_000)
  t.ok(pace.waitBehind(10) < 50, 'a standstill is not a slow pace')
  for (let turn = 0; turn < 40; turn++) leave(1, 40)
  t.ok(pace.waitBehind(10) > 200)
  for (let turn = 0; turn < 2_000; turn++) leave(1, 1)
  t.ok(pace.waitBehind(10) < 20)
})
