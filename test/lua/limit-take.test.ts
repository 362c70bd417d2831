import t from 'tap'
import { commands } from './commands.ts'

t.test('a window has its places, and a full one tells the wait until the oldest leaves', async (t) => {
  const { redis, key, pass } = await commands(t)
  t.equal(await redis.limitTake(key, 2, 100, 'a'), 0)
  await pass(40_000)
  t.equal(await redis.limitTake(key, 2, 100, 'b'), 0)
  t.equal(await redis.limitTake(key, 2, 100, 'c'), 60)
  t.strictSame(await redis.zrange(key, '0', '-1'), ['a', 'b'], 'the refused one takes no place')
})
