import fastifyRedis from '@fastify/redis'
import fp from 'fastify-plugin'
import { Cluster, Redis } from 'ioredis'
import pTimeout from 'p-timeout'
import type { Config } from '../config/settings.ts'
import { redisMasters } from '../redis/masters.ts'

/** `fastify.redis`: an ioredis client. An outage is an error at once, and heals by itself. */
export default fp<Omit<Config['redis'], 'allowEviction'>>(
  async function redis(fastify, options) {
    const client = createClient(options)
    let isOpen = false
    for (const event of ['error', 'node error']) {
      // At the start it is told below, in a sentence.
      client.on(event, (error) => isOpen && fastify.log.warn({ err: error }, 'redis connection failed'))
    }
    // Not QUIT, which is a command, and fails when Redis is away: no reply is waited for any more.
    fastify.addHook('onClose', async () => client.disconnect())
    try {
      // A cluster that is not whole is asked again and again, without a word.
      await pTimeout(open(client), { milliseconds: 5 * options.timeoutMs })
      isOpen = true
    } catch (error) {
      client.disconnect()
      const { host } = new URL(options.url)
      const problem = options.cluster
        ? `No Redis Cluster answers at ${host} (REDIS_URL, REDIS_CLUSTER).`
        : `Redis does not answer at ${host} (REDIS_URL).`
      throw new Error(problem, { cause: error })
    }
    await fastify.register(fastifyRedis, { client })
  },
  { name: 'redis' }
)

function createClient({
  url,
  cluster,
  keyPrefix,
  timeoutMs
}: Omit<Config['redis'], 'allowEviction'>): Redis | Cluster {
  const common = {
    ...{ keyPrefix, enableAutoPipelining: true },
    ...{ lazyConnect: true, enableOfflineQueue: false }
  }
  const redisOptions = failFast(timeoutMs)
  if (!cluster) return new Redis(url, { ...common, ...redisOptions, retryStrategy })

  // ioredis learns of the other nodes where they are, not how to sign in there.
  const { username, password, tls } = new Redis(url, { lazyConnect: true }).options
  return new Cluster([url], {
    ...common,
    redisOptions: { ...redisOptions, username, password, tls },
    clusterRetryStrategy: retryStrategy,
    slotsRefreshTimeout: timeoutMs,
    // It would send a command again that may have been counted.
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    // Keys that are moving to another node: the step is tried 16 times, so for less than a second.
    retryDelayOnTryAgain: 50,
    // A certificate is for the name, which resolving it early would lose.
    dnsLookup: (name, done) => done(null, name)
  })
}

/** To every node: while the first command connects it, ioredis refuses the next. */
async function open(client: Redis | Cluster): Promise<void> {
  await client.connect()
  await Promise.all(redisMasters(client).map((node) => node.ping()))
}

/** What a replica says that was the primary when we connected, also behind what Redis 6 says of a script. */
const isDemoted = /^(ERR Error running script .*-)?(READONLY|MASTERDOWN)\b/

function failFast(timeoutMs: number) {
  return {
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    socketTimeout: 2 * timeoutMs,
    maxRetriesPerRequest: 0,
    // A guess whose reply was lost must not be sent again: it has been counted.
    autoResendUnfulfilledCommands: false,
    // A primary that became a replica is left for the one that took its place, without sending the command again.
    reconnectOnError: (error: Error) => (isDemoted.test(error.message) ? 1 : false) satisfies 1 | false
  }
}

function retryStrategy(times: number): number {
  return Math.min(times * 50, 500)
}
