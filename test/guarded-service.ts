import { randomInt, randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import { PASS } from '../scripts/attack/clock.ts'
import type { Overrides } from '../src/app.ts'
import type { Environment } from '../src/config/settings.ts'
import { SERVICE_KEYS } from '../src/redis/guard-steps.ts'
import { redisMasters } from '../src/redis/masters.ts'
import { build, connectRedis, environment, randomPhone, wrongCode } from './helper.ts'
import { until } from './until.ts'

/** The guard's shipped limits, which the shared test environment overrides. */
export const SHIPPED = {
  ...{ ADDRESS_FAILURES_PER_DAY: '30', ADDRESS_SENDS_PER_HOUR: '20' },
  ...{ STRICT_FAILURES_PER_DAY: '100', STRICT_FAILURES_PER_TEN_MINUTES: '40' }
}

export const times = (count: number) => Array.from({ length: count }, (_, place) => place)
export const randomAddress = () => `10.${randomInt(256)}.${randomInt(256)}.${randomInt(256)}`

type Service = Awaited<ReturnType<typeof service>>

/** A separate service whose counts no other test shares; `prefix` makes it another process of a running one. */
export async function service(
  t: Test,
  changes: Environment = {},
  {
    prefix = `${environment.REDIS_KEY_PREFIX}${randomUUID()}:`,
    ...overrides
  }: Overrides & { prefix?: string } = {}
) {
  const redis = connectRedis(prefix)
  t.teardown(() => redis.disconnect())
  const built = await build(t, { REDIS_KEY_PREFIX: prefix, ...changes }, overrides)
  return { ...built, prefix, redis, from, signIn, guessWrongly, kept, sent, pass, forget, events }

  /** The API as called from one address. */
  function from(remoteAddress = randomAddress()) {
    const post = (path: string, payload: object) =>
      built.app.inject({ method: 'POST', url: `/api/auth/${path}/`, payload, remoteAddress })
    return {
      address: remoteAddress,
      send: (phone: string, more = {}) => post('send-otp', { phone_number: phone, ...more }),
      verify: (phone: string, code = built.outbox.codeFor(phone), more = {}) =>
        post('verify-otp', { phone_number: phone, code, ...more }),
      guess: (phone: string, more = {}) =>
        post('verify-otp', {
          phone_number: phone,
          code: wrongCode(built.outbox.codeFor(phone) || '0000'),
          ...more
        })
    }
  }

  /** Signs a citizen in at an address; returns the number and its device token once everything is forgiven. */
  async function signIn(address = randomAddress(), phone = randomPhone()) {
    const { send, verify } = from(address)
    await send(phone)
    const reply = await verify(phone)
    await until(async () => (await redis.zscore(`address:{${address}}:signed-in`, phone)) !== null)
    await until(async () => (await redis.exists(SERVICE_KEYS.sign_ins_of_day)) === 1)
    return { phone, address, device_token: reply.json<{ device_token: string }>().device_token }
  }

  /** Makes `count` wrong guesses, each by a new stranger at a new address and number. */
  async function guessWrongly(count: number): Promise<void> {
    for (const _ of times(count)) {
      const { send, guess } = from()
      const phone = randomPhone()
      await send(phone)
      await guess(phone)
    }
  }

  /** How many sends and guesses are counted at addresses, or for the service. */
  async function kept(where: 'address' | 'service'): Promise<number> {
    const keys = (await allKeys()).filter((key) => key.startsWith(`${where}:`) && !key.endsWith(':signed-in'))
    const counts = await Promise.all(
      keys.map(async (key) => ((await redis.type(key)) === 'zset' ? redis.zcard(key) : 0))
    )
    return counts.reduce((total, count) => total + count, 0)
  }

  /** How many SMS the day's budget has counted. */
  async function sent(): Promise<number> {
    return Math.round(Number.parseFloat((await redis.get(SERVICE_KEYS.day)) ?? '0'))
  }

  /** Ages the guard's state by this many seconds. */
  async function pass(seconds: number): Promise<void> {
    const keys = (await allKeys()).filter((key) => !key.startsWith('rate:'))
    // One key at a time: in a cluster the keys are in many slots.
    await Promise.all(keys.map((key) => redis.eval(PASS, 1, key, seconds * 1_000)))
  }

  /** Resets it to a service that has just started. */
  async function forget(): Promise<void> {
    await Promise.all((await allKeys()).map((key) => redis.del(key)))
  }

  async function allKeys(): Promise<string[]> {
    const keys = await Promise.all(redisMasters(redis).map((node) => node.keys(`${prefix}*`)))
    return keys.flat().map((key) => key.slice(prefix.length))
  }

  /** The log lines of an event. */
  function events(event: string) {
    return built.log.map((line) => JSON.parse(line)).filter((line) => line.event === event)
  }
}

/** Makes a service strict; `failuresPerDay` is its STRICT_FAILURES_PER_DAY. */
export async function makeStrict({ guessWrongly, redis }: Service, failuresPerDay: number): Promise<void> {
  await guessWrongly(failuresPerDay + 1)
  if (!(await redis.exists(SERVICE_KEYS.strict))) throw new Error('it is not strict')
}
