import { Cluster, Redis } from 'ioredis'
import { urlsOfHosts } from '../config/hosts.ts'
import type { Config } from '../config/settings.ts'

export type RedisSettings = Omit<Config['redis'], 'allowEviction' | 'waitReplicas'>

const SENTINEL = /^(rediss?)\+sentinel:/
const SENTINEL_PORT = 26_379
/** How often the slot map of a cluster is refreshed, in ms: a pipeline sent to the wrong node does not trigger a refresh. */
const SLOTS_REFRESH_MS = 1_000

const LOADING_RETRY_MS = 200

/**
 * Creates a client that is not connected yet: for one server, for the primary that sentinels name, or for a cluster. It never
 * resends a command, which may already have been counted, and it leaves a primary that was demoted.
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
  // ioredis discovers the addresses of the other nodes, but not how to sign in there.
  const { username, password, tls } = new Redis(urls[0], { lazyConnect: true }).options
  return new Cluster(urls, {
    ...common,
    redisOptions: { ...redisOptions, username, password, tls },
    clusterRetryStrategy: retryStrategy,
    slotsRefreshTimeout: timeoutMs,
    slotsRefreshInterval: SLOTS_REFRESH_MS,
    // A retry would resend a command that may have been counted.
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    // While keys move to another node, a step is tried 16 times, so for less than a second.
    retryDelayOnTryAgain: 50,
    // TLS certificates are issued for the host name, which early resolution would lose.
    dnsLookup: (name, done) => done(null, name)
  })
}

/** The user name and password in the URL belong to the servers, not to the sentinels. */
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
    // Retries forever, as with a server that is down.
    // No failover detector (ioredis 6.0.0): news of a failover while it is connecting would end the client for good.
    sentinelRetryStrategy: retryStrategy
  }
}

/** The error of a replica that was the primary when we connected; Redis 6 wraps it in the error of a script. */
const isDemoted = /^(ERR Error running script .*-)?(READONLY|MASTERDOWN)\b/

function failFast(timeoutMs: number) {
  return {
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    socketTimeout: 2 * timeoutMs,
    maxRetriesPerRequest: 0,
    // A server that is loading its data set reports a second to go where it needs a tenth of one.
    maxLoadingRetryTime: LOADING_RETRY_MS,
    // A guess whose reply was lost has been counted, so it must not be sent again.
    autoResendUnfulfilledCommands: false,
    // Leaves a primary that became a replica for its successor, without resending the command.
    reconnectOnError: (error: Error) => (isDemoted.test(error.message) ? 1 : false) satisfies 1 | false
  }
}

function retryStrategy(times: number): number {
  return Math.min(times * 50, 500)
}
