import fastifyRedis from '@fastify/redis'
import fp from 'fastify-plugin'
import type { Cluster, Redis } from 'ioredis'
import pTimeout from 'p-timeout'
import { hostsOf } from '../config/hosts.ts'
import type { Config } from '../config/settings.ts'
import { createClient, type RedisSettings } from '../redis/client.ts'
import { confirmByReplicas } from '../redis/confirmation.ts'
import { redisMasters } from '../redis/masters.ts'

/** `fastify.redis`: an ioredis client. An outage is an error at once, and heals by itself. */
export default fp<Omit<Config['redis'], 'allowEviction'>>(
  async function redis(fastify, options) {
    const client = createClient(options)
    if (options.waitReplicas > 0) confirmByReplicas(client, options)
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
      throw new Error(noAnswer(options), { cause: error })
    }
    await fastify.register(fastifyRedis, { client })
  },
  { name: 'redis' }
)

/** To every node: while the first command connects it, ioredis refuses the next. */
async function open(client: Redis | Cluster): Promise<void> {
  await client.connect()
  await Promise.all(redisMasters(client).map((node) => node.ping()))
}

function noAnswer({ url, cluster }: RedisSettings): string {
  const hosts = hostsOf(url)
  if (cluster) return `No Redis Cluster answers at ${hosts} (REDIS_URL, REDIS_CLUSTER).`
  return url.includes('+sentinel:')
    ? `No primary of that name answers, of which the sentinels at ${hosts} know (REDIS_URL).`
    : `Redis does not answer at ${hosts} (REDIS_URL).`
}
