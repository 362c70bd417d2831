import { randomUUID } from 'node:crypto'
import Fastify from 'fastify'
import type { Test } from 'tap'
import redisPlugin from '../../src/plugins/redis.ts'

/** The scripts as commands, without the app around them, on a key of this test alone. */
export async function commands(t: Test) {
  const app = Fastify().register(redisPlugin, {
    url: process.env.TEST_REDIS_URL ?? '',
    keyPrefix: `test:${randomUUID()}:`,
    timeoutMs: 1_000
  })
  const key = 'entries'
  t.teardown(async () => {
    await app.redis.del(key)
    await app.close()
  })
  await app.ready()
  const { redis } = app
  /** Lets so many milliseconds pass for what is in the key. */
  const pass = async (ms: number) => {
    const entries = await redis.zrange(key, '0', '-1', 'WITHSCORES')
    for (let i = 0; i < entries.length; i += 2) {
      await redis.zadd(key, Number(entries[i + 1]) - ms, entries[i] ?? '')
    }
  }
  return { redis, key, pass }
}
