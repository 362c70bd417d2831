import type { Redis } from 'ioredis'

/** Lua script that moves every moment under KEYS back by ARGV[1] milliseconds, and deletes what would have expired by then. */
export const PASS = `
local ms = tonumber(ARGV[1])
for _, key in ipairs(KEYS) do
  local kind, left = redis.call('TYPE', key).ok, redis.call('PTTL', key)
  if left >= 0 and left <= ms then
    redis.call('DEL', key)
  elseif kind == 'zset' then
    for _, member in ipairs(redis.call('ZRANGE', key, 0, -1)) do redis.call('ZINCRBY', key, -ms, member) end
  elseif kind == 'string' then
    -- A decaying counter: its value and its moment.
    local value, moment = redis.call('GET', key):match('^(%S+) (%d+)$')
    if value then redis.call('SET', key, string.format('%s %d', value, moment - ms), 'KEEPTTL') end
  elseif kind == 'hash' and redis.call('HEXISTS', key, 'last') == 1 then
    redis.call('HINCRBY', key, 'last', -ms)
  end
  if left > ms then redis.call('PEXPIRE', key, left - ms) end
end
return #KEYS`

/**
 * Lets time pass without waiting: moves every moment stored under the prefix into the past, and shortens every remaining TTL.
 * `now` is what a wall clock would show (ms).
 */
export function createClock(redis: Redis, prefix: string) {
  let passed = 0
  return {
    now: (moment = Date.now()) => moment + passed * 1_000,
    async pass(seconds: number): Promise<void> {
      for await (const keys of redis.scanStream({ match: `${prefix}*`, count: 1_000 })) {
        for (let from = 0; from < keys.length; from += 500) {
          const some = keys.slice(from, from + 500)
          if (some.length > 0) await redis.eval(PASS, some.length, ...some, seconds * 1_000)
        }
      }
      passed += seconds
    }
  }
}
