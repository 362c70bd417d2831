import { Cluster, Redis } from 'ioredis'
import { urlsOfHosts } from '../config/hosts.ts'
import type { Config } from '../config/settings.ts'

export type RedisSettings = Omit<Config['redis'], 'allowEviction' | 'waitReplicas'>

const SENTINEL = /^(rediss?)\+sentinel:/
const SENTINEL_PORT = 26_379
/** How often a cluster is asked which node has which keys (ms): a pipeline that is sent to the wrong one does not ask. */
const SLOTS_REFRESH_MS = 1_000

const LOADING_RETRY_MS = 200

/**
 * A client that is not connected yet: of one server, of the primary that sentinels name, or of a cluster. It sends no
 * command twice, for it may have been counted, and leaves a primary that was demoted.
 */
export function createClient({ url, cluster, keyPrefix, timeoutMs }: RedisSettings): Redis | Cluster {
  const common = {
    ...{ keyPrefix, enableAutoPipelining: true },
    ...{ lazyConnect: true, enableOfflineQueue: false }
  }
  const redisOptions = failFast(timeoutMs)
  const urls = urlsOfHosts(url)
  if (!cluster) {
    const server = { ...common, ...redisOptions, retryStrategy }
    return SENTINEL.test(url)
      ? new Redis({ ...server, ...behindSentinels(urls, timeoutMs) })
      : new Redis(url, server)
  }
  // ioredis learns of the other nodes where they are, not how to sign in there.
  const { username, password, tls } = new Redis(urls[0], { lazyConnect: true }).options
  return new Cluster(urls, {
    ...common,
    redisOptions: { ...redisOptions, username, password, tls },
    clusterRetryStrategy: retryStrategy,
    slotsRefreshTimeout: timeoutMs,
    slotsRefreshInterval: SLOTS_REFRESH_MS,
    // It would send a command again that may have been counted.
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    // Keys that are moving to another node: the step is tried 16 times, so for less than a second.
    retryDelayOnTryAgain: 50,
    // A certificate is for the name, which resolving it early would lose.
    dnsLookup: (name, done) => done(null, name)
  })
}

/** The user and the password of the URL are those of the servers, not of the sentinels. */
function behindSentinels([url, ...others]: readonly [string, ...string[]], timeoutMs: number) {
  const { username, password, pathname, searchParams, protocol } = new URL(url)
  const tls = protocol.startsWith('rediss') ? {} : undefined
  return {
    sentinels: [url, ...others].map((sentinel) => {
      const { hostname, port } = new URL(sentinel)
      return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || SENTINEL_PORT) }
    }),
    name: searchParams.get('name') ?? '',
    username: decodeURIComponent(username),
    password: decodeURIComponent(password),
    db: Number(pathname.slice(1)),
    ...(tls && { tls, sentinelTLS: tls, enableTLSForSentinelMode: true }),
    sentinelUsername: searchParams.get('sentinel_user') ?? '',
    sentinelPassword: searchParams.get('sentinel_password') ?? '',
    sentinelCommandTimeout: timeoutMs,
    // For ever, as with a server that is away.
    // Not the failover detector of ioredis 6.0.0: news of a failover while it connects would end the client for ever.
    sentinelRetryStrategy: retryStrategy
  }
}

/** What a replica says that was the primary when we connected, also behind what Redis 6 says of a script. */
const isDemoted = /^(ERR Error running script .*-)?(READONLY|MASTERDOWN)\b/

function failFast(timeoutMs: number) {
  return {
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    socketTimeout: 2 * timeoutMs,
    maxRetriesPerRequest: 0,
    // A server that reads its file says "in a second" where it needs a tenth of one.
    maxLoadingRetryTime: LOADING_RETRY_MS,
    // A guess whose reply was lost must not be sent again: it has been counted.
    autoResendUnfulfilledCommands: false,
    // A primary that became a replica is left for the one that took its place, without sending the command again.
    reconnectOnError: (error: Error) => (isDemoted.test(error.message) ? 1 : false) satisfies 1 | false
  }
}

function retryStrategy(times: number): number {
  return Math.min(times * 50, 500)
}
