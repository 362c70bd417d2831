import { randomUUID } from 'node:crypto'
import Fastify from 'fastify'
import t from 'tap'
import redisPlugin from '../../src/plugins/redis.ts'

type State<Role extends string, Value> = Partial<Record<Role, Value>>

export interface Entry {
  type: 'string' | 'hash' | 'zset'
  value: string | null | Record<string, string>
  /** Milliseconds; -1 means forever. */
  ttl: number
}

export interface Row<Role extends string, Args> {
  name: string
  before?: State<Role, Entry | null>
  args?: Partial<Args>
  reply: unknown
  /** What the step changes, and null for what it deletes; all else must stay as before. */
  after?: State<Role, Entry | null>
}

interface Step<Role extends string, Args> {
  /** The roles of its keys; it may use fewer, and must leave the others unchanged. */
  roles: readonly Role[]
  /** For rows that name no others. */
  args: Args
  /** The step as `defineStep` made it. */
  step(key: Record<Role, string>, args: Args): Promise<unknown>
}

const MOST_TRIES = 500

const url = process.env.TEST_REDIS_URL ?? ''
const app = Fastify().register(redisPlugin, {
  url,
  cluster: false,
  keyPrefix: `test:${randomUUID()}:`,
  timeoutMs: 5_000,
  waitReplicas: 0
})
await app.ready()
t.teardown(() => app.close())
export const { redis } = app

/** What a key holds, for some seconds or forever; an empty key does not exist. */
export const text = (value: string | number, seconds?: number) => entry('string', String(value), seconds)
export const hash = (fields: Record<string, string | number>, seconds?: number) =>
  many('hash', fields, seconds)
export const zset = (moments: Record<string, number | string>, seconds?: number) =>
  many('zset', moments, seconds)

/** Moments this many seconds before `now`, each under its own name. */
export function ago(now: number, ...seconds: number[]): Record<string, number> {
  return Object.fromEntries(seconds.map((age) => [`${age} s ago`, now - age * 1_000]))
}

/** Tests a step with every row. `rows` gets the moment (ms) at which the step will run. */
export function table<Role extends string, Args>(
  step: Step<Role, Args>,
  rows: (now: number) => Row<Role, Args>[]
): void {
  for (const [index, { name }] of rows(0).entries()) {
    t.test(name, async (t) => {
      let seen: Awaited<ReturnType<typeof attempt<Role, Args>>>
      for (let tries = 0; !seen; tries++) {
        if (tries === MOST_TRIES)
          throw new Error('no step ran within one millisecond: the machine is too busy')
        // Redis is blocked for that long, and others use it.
        seen = await attempt(step, (now) => rows(now)[index], Math.min(4 + tries, 20))
      }
      t.strictSame(seen.found, seen.wanted)
    })
  }
}

/** Undefined if the step did not run in the exact millisecond the row was made for: the result is then meaningless. */
async function attempt<Role extends string, Args>(
  { roles, args, step }: Step<Role, Args>,
  rowAt: (now: number) => Row<Role, Args> | undefined,
  leadMs: number
) {
  const now = (await clock()) + leadMs
  const row = rowAt(now)
  if (!row) throw new Error('a table must have the same rows at every moment')
  const before: State<Role, Entry | null> = { ...row.before }
  const after: State<Role, Entry | null> = { ...row.before, ...row.after }
  const key = keysOf(roles)
  await Promise.all(roles.map((role) => write(key[role], before[role], now)))

  // One pipeline, waiting inside Redis and reading times before values, so that the clock seldom ticks in between.
  const [start, reply, [end, ...ttls], found] = await Promise.all([
    redis.eval(WAIT_UNTIL, 0, now),
    step(key, { ...args, ...row.args }),
    timesOf(roles.map((role) => key[role])),
    Promise.all(roles.map((role) => valueAt(key[role], after[role]?.type)))
  ])
  await redis.del(Object.values<string>(key))
  if (start !== now || end !== now) return undefined
  const stateOf = (role: Role, place: number): Entry | null =>
    ttls[place] === -2
      ? null
      : { type: after[role]?.type ?? 'string', value: found[place] ?? null, ttl: ttls[place] ?? -2 }
  const byRole = (of: (role: Role, place: number) => Entry | null) =>
    Object.fromEntries(roles.map((role, place) => [role, of(role, place)]))
  return {
    found: { reply, ...byRole(stateOf) },
    wanted: { reply: row.reply, ...byRole((role) => after[role] ?? null) }
  }
}

/** A key for each role, unique to this run. */
function keysOf<Role extends string>(roles: readonly Role[]): Record<Role, string> {
  const run = randomUUID()
  const isComplete = (keys: Partial<Record<Role, string>>): keys is Record<Role, string> =>
    roles.every((role) => role in keys)
  const keys: Partial<Record<Role, string>> = {}
  for (const role of roles) keys[role] = `${run}:${role}`
  if (!isComplete(keys)) throw new TypeError('a role has no key')
  return keys
}

/** Waits until a millisecond has begun, and returns the current one. */
const WAIT_UNTIL = `
  local moment
  repeat
    local time = redis.call('TIME')
    moment = time[1] * 1000 + math.floor(time[2] / 1000)
  until moment >= tonumber(ARGV[1])
  return moment`

/** The PTTL of each key (ms), and the moment after that: Redis reads its clock for each of them. */
const TIMES = `
  local times = {}
  for place, key in ipairs(KEYS) do times[place + 1] = redis.call('PTTL', key) end
  local time = redis.call('TIME')
  times[1] = time[1] * 1000 + math.floor(time[2] / 1000)
  return times`

async function timesOf(keys: string[]): Promise<number[]> {
  const times = await redis.eval(TIMES, keys.length, ...keys)
  return Array.isArray(times) ? times.map(Number) : []
}

async function clock(): Promise<number> {
  const [seconds = 0, microseconds = 0] = await redis.time()
  return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000)
}

async function write(key: string, entry: Entry | null | undefined, now: number): Promise<void> {
  if (!entry?.value) return
  const { type, value, ttl } = entry
  if (typeof value === 'string') await redis.set(key, value)
  else if (type === 'hash') await redis.hset(key, value)
  else await redis.zadd(key, ...Object.entries(value).flatMap(([name, score]) => [score, name]))
  if (ttl >= 0) await redis.pexpireat(key, now + ttl)
}

async function valueAt(key: string, type: Entry['type'] | undefined): Promise<Entry['value']> {
  return type ? values[type](key) : null
}

const values = {
  string: (key: string) => redis.get(key),
  hash: (key: string) => redis.hgetall(key),
  zset: async (key: string) => {
    const flat = await redis.zrange(key, '0', '-1', 'WITHSCORES')
    return Object.fromEntries(
      flat.flatMap((name, place) => (place % 2 ? [] : [[name, flat[place + 1] ?? '']]))
    )
  }
}

function entry(type: Entry['type'], value: string | Record<string, string>, seconds?: number): Entry {
  return { type, value, ttl: seconds === undefined ? -1 : seconds * 1_000 }
}

function many(type: 'hash' | 'zset', values: Record<string, string | number>, seconds?: number) {
  const pairs = Object.entries(values).map(([name, value]) => [name, String(value)])
  return pairs.length > 0 ? entry(type, Object.fromEntries(pairs), seconds) : null
}
