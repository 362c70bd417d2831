import { setTimeout as wait } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { type FoundRedis, freePort, runRedis, startPrivate } from './find-redis.ts'

/** The sentinels' name for the primary. */
export const PRIMARY = 'mymaster'
/** How long a primary may be silent before it is taken for dead (ms). */
const DOWN_AFTER_MS = 500

interface Server extends FoundRedis {
  port: number
  /** A client that may do anything on this server. */
  admin: Redis
}

/** Starts a primary, two replicas and three sentinels that watch them; all end with this process. */
export async function startSentinels() {
  const primary = await startServer()
  const replicas = await Promise.all([startServer(primary), startServer(primary)])
  const sentinels = await Promise.all([
    startSentinel(primary),
    startSentinel(primary),
    startSentinel(primary)
  ])
  const servers = [primary, ...replicas]
  await Promise.all(sentinels.map(({ admin }) => untilKnown(admin)))
  return {
    /** Has no parameter but the name. */
    url: `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join()}/0?name=${PRIMARY}`,
    primary,
    replicas,
    sentinels,
    close: async () => {
      for (const { admin } of [...servers, ...sentinels]) admin.disconnect()
      await Promise.all([...servers, ...sentinels].map(({ close }) => close()))
    }
  }
}

async function startServer(primary?: Server): Promise<Server> {
  const port = await freePort()
  const follow = primary ? ['--replicaof', '127.0.0.1', `${primary.port}`] : []
  const found = await startPrivate(port, ['--repl-diskless-sync-delay', '0', ...follow])
  return { ...found, port, admin: quietly(port) }
}

async function startSentinel(primary: Server) {
  const port = await freePort()
  const configuration = [
    `sentinel monitor ${PRIMARY} 127.0.0.1 ${primary.port} 2`,
    `sentinel down-after-milliseconds ${PRIMARY} ${DOWN_AFTER_MS}`,
    `sentinel failover-timeout ${PRIMARY} 6000`,
    ''
  ].join('\n')
  const options = ['--sentinel', '--port', `${port}`, '--bind', '127.0.0.1', '--loglevel', 'warning']
  return { port, admin: quietly(port), close: runRedis(options, configuration) }
}

/** A client that waits for a server that is not up yet, and ignores errors when it is gone. */
function quietly(port: number): Redis {
  const client = new Redis(port, '127.0.0.1', { retryStrategy: () => 50, maxRetriesPerRequest: null })
  return client.on('error', () => {})
}

/** Waits until a sentinel knows both replicas and both other sentinels: before that, it could not replace the primary. */
async function untilKnown(admin: Redis): Promise<void> {
  const count = async (what: string) => {
    const found = await admin.call('SENTINEL', what, PRIMARY)
    return Array.isArray(found) ? found.length : 0
  }
  while ((await count('REPLICAS')) < 2 || (await count('SENTINELS')) < 2) await wait(50)
}
