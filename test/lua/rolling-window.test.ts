import t from 'tap'
import { commands } from './commands.ts'

// Seen through limit-take, which does nothing else.
t.test('moments are milliseconds of the clock of Redis', async (t) => {
  const { redis, key } = await commands(t)
  const clock = async () => {
    const [seconds, microseconds] = await redis.time()
    return Number(seconds) * 1_000 + Number(microseconds) / 1_000
  }
  const before = await clock()
  await redis.limitTake(key, 1, 100, 'a')
  const moment = Number(await redis.zscore(key, 'a'))
  t.ok(moment >= Math.floor(before) && moment <= (await clock()))
})

t.test(
  'the wait is until so many have left that one more fits, in whole seconds, never too few',
  async (t) => {
    const { redis, key, pass } = await commands(t)
    for (const name of ['a', 'b', 'c']) {
      await redis.limitTake(key, 3, 100, name)
      await pass(10_000)
    }
    t.equal(await redis.limitTake(key, 3, 100, 'd'), 70)
    t.equal(await redis.limitTake(key, 2, 100, 'd'), 80, 'when a limit was lowered, two must leave')
    await pass(69_100)
    t.equal(await redis.limitTake(key, 3, 100, 'd'), 1)
  }
)

t.test('an entry counts for its seconds and no longer, and is forgotten then', async (t) => {
  const { redis, key, pass } = await commands(t)
  await redis.limitTake(key, 1, 100, 'a')
  await pass(99_000)
  t.equal(await redis.limitTake(key, 1, 100, 'b'), 1)
  await pass(1_000)
  t.equal(await redis.limitTake(key, 1, 100, 'b'), 0)
  t.strictSame(await redis.zrange(key, '0', '-1'), ['b'])
})

t.test('a window that nobody adds to any more is gone after its seconds', async (t) => {
  const { redis, key } = await commands(t)
  await redis.limitTake(key, 2, 100, 'a')
  t.equal(await redis.ttl(key), 100)
  await redis.expire(key, 50)
  await redis.limitTake(key, 2, 100, 'b')
  t.equal(await redis.ttl(key), 100)
})
