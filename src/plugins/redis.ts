import fastifyRedis from '@fastify/redis'
import fp from 'fastify-plugin'
import type { Cluster, Redis } from 'ioredis'
import pTimeout from 'p-timeout'
import { hostsOf } from '../config/hosts.ts'
import type { Config } from '../config/settings.ts'
import { createClient, type RedisSettings } from '../redis/client.ts'
import { confirmByReplicas } from '../redis/confirmation.ts'
import { redisMasters } from '../redis/masters.ts'

/** `fastify.redis`: an ioredis client. In an outage commands fail at once, and the client recovers by itself. */
export default fp<Omit<Config['redis'], 'allowEviction'>>(
  async function redis(fastify, options) {
    const client = createClient(options)
    if (options.waitReplicas > 0) confirmByReplicas(client, options)
    let isOpen = false
    for (const event of ['error', 'node error']) {
      // At startup it is reported below, in a sentence.
      client.on(event, (error) => isOpen && fastify.log.warn({ err: error }, 'redis connection failed'))
    }
    // Not QUIT, which is a command and so fails when Redis is away; by now nothing waits for a reply.
    fastify.addHook('onClose', async () => client.disconnect())
    try {
      // ioredis keeps retrying an incomplete cluster without reporting it.
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

/** Connects to every master: ioredis refuses further commands while the first one to a node still connects it. */
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
