import t, { type Test } from 'tap'
import { commands } from './commands.ts'

/** Attempts with a first wait of 10 seconds and a longest of 60. */
async function attempts(t: Test) {
  const { redis, key, pass } = await commands(t)
  return { redis, key, pass, attempt: (name: string) => redis.loginTake(key, 10, 60, name) }
}

t.test('each failure doubles the wait up to the longest, and what is refused is not counted', async (t) => {
  const { attempt, pass, redis, key } = await attempts(t)
  const waits: number[] = []
  for (let failure = 1; failure <= 5; failure++) {
    t.equal(await attempt(`${failure}`), 0)
    const wait = await attempt('refused')
    t.equal(await redis.zcard(key), failure)
    await pass(wait * 1_000 - 900)
    t.equal(await attempt('too early'), 1)
    await pass(900)
    waits.push(wait)
  }
  t.strictSame(waits, [10, 20, 40, 60, 60])
})

t.test('the wait begins with the last failure', async (t) => {
  const { attempt, pass } = await attempts(t)
  await attempt('first')
  await pass(15_000)
  t.equal(await attempt('second'), 0)
  t.equal(await attempt('third'), 20)
})

t.test('the row is forgotten after a day without a failure', async (t) => {
  const { attempt, pass, redis, key } = await attempts(t)
  await attempt('first')
  t.equal(await redis.ttl(key), 86_400)
  await pass(10_000)
  await redis.expire(key, 50)
  await attempt('second')
  t.equal(await redis.ttl(key), 86_400)
})

t.test('the last 32 failures are kept', async (t) => {
  const { attempt, pass, redis, key } = await attempts(t)
  for (let failure = 1; failure <= 40; failure++) {
    t.equal(await attempt(`${failure}`), 0)
    await pass(60_000)
  }
  t.equal(await redis.zcard(key), 32)
  t.equal(await redis.zscore(key, '8'), null, 'the oldest have gone')
})
