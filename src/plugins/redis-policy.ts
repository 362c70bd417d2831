import fp from 'fastify-plugin'
import type { Redis } from 'ioredis'
import type { Config } from '../config/settings.ts'
import { redisMasters } from '../redis/masters.ts'

/**
 * Refuses to start on a Redis that may evict keys: an attacker who fills its memory would wipe out the counters that stop
 * guessers. Only the policy is checked: a `maxmemory` of 0 (no limit) can be changed while the service runs.
 */
export default fp<Pick<Config['redis'], 'allowEviction'>>(
  async function redisPolicy({ redis, log }, { allowEviction }) {
    const policies = await Promise.all(redisMasters(redis).map(readPolicy))
    // One such node of a cluster is enough to refuse: a number's counters are all on one node.
    const policy = policies.find((told) => told !== undefined && told !== 'noeviction')
    if (policy === undefined) {
      if (!policies.includes(undefined)) return
      const event = { event: 'redis_policy_unknown' }
      log.warn(event, 'Redis tells nobody its maxmemory-policy; make sure that it is noeviction')
      return
    }
    const danger = `Redis may evict the counters that stop guessers (its maxmemory-policy is ${policy})`
    if (!allowEviction) {
      throw new Error(
        `${danger}: set maxmemory-policy to noeviction there, or REDIS_ALLOW_EVICTION=true here to accept it.`
      )
    }
    log.warn({ event: 'redis_may_evict', policy }, `${danger}, and REDIS_ALLOW_EVICTION accepts it`)
  },
  { name: 'redis-policy', dependencies: ['redis'] }
)

/** Undefined when Redis does not tell: managed services often forbid CONFIG, and sometimes INFO. */
async function readPolicy(redis: Redis): Promise<string | undefined> {
  const config = await told(() => redis.config('GET', 'maxmemory-policy'))
  const [, policy] = Array.isArray(config) ? config : []
  if (typeof policy === 'string') return policy
  const info = await told(() => redis.info('memory'))
  return /^maxmemory_policy:(\S+)/m.exec(info ?? '')?.[1]
}

/** What Redis answers; undefined when it replies with an error. */
async function told<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof Error && error.name === 'ReplyError') return undefined
    throw error
  }
}
