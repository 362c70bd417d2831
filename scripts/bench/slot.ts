import { Redis } from 'ioredis'
import { guardSteps, SERVICE_KEYS } from '../../src/redis/guard-steps.ts'
import { entryName } from '../../src/redis/otp-names.ts'
import { interruption } from './interruption.ts'

/** What a country leaves unfinished in 24 hours: codes nobody used, and wrong guesses. */
const UNFINISHED = { unfinished: 500_000, wrong: 50_000 }
const CALLERS = 50
const NEVER = 1e9

/**
 * Measures what the service-wide counts cost, which share one slot of a cluster: runs their three steps for each sign-in, on
 * sets as large as a country's. Returns microseconds of Redis CPU time per sign-in.
 */
export async function slotCost(url: string, signIns: number): Promise<number> {
  const redis = new Redis(url, { enableAutoPipelining: true })
  const steps = guardSteps(redis, {
    address: {},
    strict: { per_day: NEVER, per_ten_minutes: NEVER, percent: 2 },
    sms: { per_day: NEVER, per_hour: NEVER }
  })
  try {
    for (const [set, count] of Object.entries(UNFINISHED))
      await leave(redis, SERVICE_KEYS[set as keyof typeof UNFINISHED], count)
    const before = await cpuOfRedis(redis)
    let left = signIns
    await Promise.all(
      Array.from({ length: CALLERS }, async () => {
        while (left-- > 0) await signIn()
      })
    )
    return ((await cpuOfRedis(redis)) - before) / signIns
  } finally {
    redis.disconnect()
  }

  async function signIn(): Promise<void> {
    interruption.throwIfAborted()
    const [send, guess] = [entryName(), entryName()]
    await steps.smsTake(SERVICE_KEYS, { name: send })
    await steps.guessTake(SERVICE_KEYS, { name: guess })
    await steps.signInNote(SERVICE_KEYS, { names: `${send} ${guess}` })
  }
}

async function leave(redis: Redis, key: string, count: number): Promise<void> {
  const now = Date.now()
  for (let from = 0; from < count; from += 10_000) {
    const entries = Array.from({ length: Math.min(10_000, count - from) }, () => [
      now - Math.random() * 86_400_000,
      entryName()
    ])
    await redis.zadd(key, ...entries.flat())
  }
}

async function cpuOfRedis(redis: Redis): Promise<number> {
  const info = await redis.info('cpu')
  const [system, user] = [...info.matchAll(/used_cpu_(?:sys|user):([\d.]+)/g)].map(([, seconds]) =>
    Number(seconds)
  )
  return ((system ?? 0) + (user ?? 0)) * 1_000_000
}
