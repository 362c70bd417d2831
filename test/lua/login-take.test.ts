import { ago, redis, table, zset } from './table.ts'

const DAY = 86_400
const thirty = Array.from({ length: 30 }, (_, place) => 400 - place)

table(
  {
    roles: ['failures'],
    args: { wait: 10, waitMax: 100, name: 'mine' },
    call: ([failures = ''], { wait, waitMax, name }) => redis.loginTake(failures, wait, waitMax, name)
  },
  (now) => {
    const failures = (...seconds: number[]) => zset(ago(now, ...seconds), 500)
    const counted = (...before: number[]) => ({
      failures: zset({ ...ago(now, ...before), mine: now }, DAY)
    })
    return [
      { name: 'the first attempt is counted, for a day', reply: 0, after: counted() },
      {
        name: 'an attempt is counted under its name',
        args: { name: 'another' },
        reply: 0,
        after: { failures: zset({ another: now }, DAY) }
      },
      {
        name: 'after the first failure the wait is the first, and nothing is counted',
        before: { failures: failures(0) },
        reply: 10
      },
      { name: 'a wait of 1.001 seconds is told as two', before: { failures: failures(8.999) }, reply: 2 },
      { name: 'a wait of a second is told as one', before: { failures: failures(9) }, reply: 1 },
      {
        name: 'a wait of one millisecond is told as a second',
        before: { failures: failures(9.999) },
        reply: 1
      },
      {
        name: 'a wait that ends in this millisecond is over',
        before: { failures: failures(10) },
        reply: 0,
        after: counted(10)
      },
      {
        name: 'the second failure doubles the wait, which begins with the last',
        before: { failures: failures(50, 5) },
        reply: 15
      },
      {
        name: 'a doubled wait ends to the millisecond',
        before: { failures: failures(50, 20) },
        reply: 0,
        after: counted(50, 20)
      },
      {
        name: 'the third failure doubles it again',
        before: { failures: failures(50, 40, 5) },
        reply: 35
      },
      {
        name: 'the fourth is still below the longest',
        before: { failures: failures(60, 50, 40, 0) },
        reply: 80
      },
      {
        name: 'the fifth failure makes the wait the longest',
        before: { failures: failures(70, 60, 50, 40, 0) },
        reply: 100
      },
      {
        name: 'the longest wait ends to the millisecond',
        before: { failures: failures(500, 400, 300, 200, 100) },
        reply: 0,
        after: counted(500, 400, 300, 200, 100)
      },
      {
        name: 'a failure of two days ago is still one of the row',
        before: { failures: failures(2 * DAY, 5) },
        reply: 15
      },
      {
        name: 'thirty-two failures are kept',
        before: { failures: failures(500, ...thirty) },
        reply: 0,
        after: counted(500, ...thirty)
      },
      {
        name: 'of thirty-three the oldest is forgotten',
        before: { failures: failures(600, 500, ...thirty) },
        reply: 0,
        after: counted(500, ...thirty)
      }
    ]
  }
)
