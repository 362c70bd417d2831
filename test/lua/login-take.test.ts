import { defineStep } from '../../src/redis/step.ts'
import { ago, redis, table, zset } from './table.ts'

const DAY = 86_400
const thirty = Array.from({ length: 30 }, (_, place) => 400 - place)

const take = defineStep<number>()(redis, 'login-take', {
  keys: ['row', 'strange', 'known'],
  args: { name: String, source: String },
  policy: { wait_seconds: 10, wait_max_seconds: 100, failures_per_day: 3, known_seconds: 1_000 }
})

table(
  {
    roles: ['row', 'strange', 'known'],
    args: { name: 'mine', source: 'office' },
    step: take
  },
  (now) => {
    // Where the number has signed in, nothing but the row counts.
    const known = zset({ office: now - 999_999 }, 500)
    const failures = (...seconds: number[]) => zset(ago(now, ...seconds), 500)
    const counted = (...before: number[]) => ({ row: zset({ ...ago(now, ...before), mine: now }, DAY) })
    return [
      { name: 'the first attempt is counted, for a day', before: { known }, reply: 0, after: counted() },
      {
        name: 'an attempt is counted under its name',
        before: { known },
        args: { name: 'another' },
        reply: 0,
        after: { row: zset({ another: now }, DAY) }
      },
      {
        name: 'after the first failure the wait is the first, and nothing is counted',
        before: { known, row: failures(0) },
        reply: 10
      },
      { name: 'a wait of 1.001 seconds is told as two', before: { known, row: failures(8.999) }, reply: 2 },
      { name: 'a wait of a second is told as one', before: { known, row: failures(9) }, reply: 1 },
      {
        name: 'a wait of one millisecond is told as a second',
        before: { known, row: failures(9.999) },
        reply: 1
      },
      {
        name: 'a wait that ends in this millisecond is over',
        before: { known, row: failures(10) },
        reply: 0,
        after: counted(10)
      },
      {
        name: 'the second failure doubles the wait, which begins with the last',
        before: { known, row: failures(50, 5) },
        reply: 15
      },
      {
        name: 'a doubled wait ends to the millisecond',
        before: { known, row: failures(50, 20) },
        reply: 0,
        after: counted(50, 20)
      },
      {
        name: 'the third failure doubles it again',
        before: { known, row: failures(50, 40, 5) },
        reply: 35
      },
      {
        name: 'the fourth is still below the longest',
        before: { known, row: failures(60, 50, 40, 0) },
        reply: 80
      },
      {
        name: 'the fifth failure makes the wait the longest',
        before: { known, row: failures(70, 60, 50, 40, 0) },
        reply: 100
      },
      {
        name: 'the longest wait ends to the millisecond',
        before: { known, row: failures(500, 400, 300, 200, 100) },
        reply: 0,
        after: counted(500, 400, 300, 200, 100)
      },
      {
        name: 'a failure of two days ago is still one of the row',
        before: { known, row: failures(2 * DAY, 5) },
        reply: 15
      },
      {
        name: 'thirty-two failures are kept',
        before: { known, row: failures(500, ...thirty) },
        reply: 0,
        after: counted(500, ...thirty)
      },
      {
        name: 'of thirty-three the oldest is forgotten',
        before: { known, row: failures(600, 500, ...thirty) },
        reply: 0,
        after: counted(500, ...thirty)
      },
      {
        name: 'a source where the number never signed in also spends a place of the day',
        reply: 0,
        after: { ...counted(), strange: zset({ mine: now }, DAY) }
      },
      {
        name: 'the last place of the day is taken, whoever took the others',
        before: { strange: failures(80_000, 5) },
        reply: 0,
        after: { ...counted(), strange: zset({ ...ago(now, 80_000, 5), mine: now }, DAY) }
      },
      {
        name: 'when the day is spent a strange source waits for the oldest, and nothing is counted',
        before: { strange: failures(86_300, 50, 5) },
        reply: 100
      },
      {
        name: 'the longer of two waits is told',
        before: { row: failures(5), strange: failures(86_399, 50, 5) },
        reply: 5
      },
      {
        name: 'a known source does not wait for what strangers did, and takes nothing of theirs',
        before: { known, strange: failures(100, 50, 5) },
        reply: 0,
        after: counted()
      },
      {
        name: 'a source is known for so long and no longer',
        before: { known: zset({ office: now - 1_000_000 }, 500), strange: failures(86_300, 50, 5) },
        reply: 100
      },
      {
        name: 'another source being known helps nobody',
        before: { known: zset({ home: now - 1_000 }, 500), strange: failures(86_300, 50, 5) },
        reply: 100
      }
    ]
  }
)
