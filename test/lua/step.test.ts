import { randomUUID } from 'node:crypto'
import t from 'tap'
import { defineStep } from '../../src/redis/step.ts'
import { redis } from './table.ts'

function loginWith(waitSeconds: number) {
  return defineStep<number>()(redis, 'login-take', {
    keys: ['row', 'strange', 'known'],
    args: { name: String, source: String },
    policy: {
      wait_seconds: waitSeconds,
      wait_max_seconds: 1_000,
      failures_per_day: 100,
      known_seconds: 1_000
    }
  })
}

t.test('two steps of one file keep their own figures, even in one pipeline', async (t) => {
  const [short, long] = [loginWith(100), loginWith(500)]
  const run = randomUUID()
  const key = { row: `${run}:row`, strange: `${run}:strange`, known: `${run}:known` }
  const [first = -1, waitOfShort = 0, waitOfLong = 0] = await Promise.all([
    short(key, { name: 'one', source: 'office' }),
    short(key, { name: 'two', source: 'office' }),
    long(key, { name: 'three', source: 'office' })
  ])
  await redis.del(Object.values(key))
  t.equal(first, 0)
  t.ok(waitOfShort > 90 && waitOfShort <= 100, `${waitOfShort} s`)
  t.ok(waitOfLong > 490 && waitOfLong <= 500, `${waitOfLong} s`)
})
