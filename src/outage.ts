// Error names, codes and words by which the drivers say that a store is away, not that we made a mistake.
const networkCodes = new Set([
  ...[
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ENOTFOUND',
    'EAI_AGAIN'
  ],
  ...['CONNECT_TIMEOUT', 'CONNECTION_CLOSED', 'CONNECTION_ENDED', 'CONNECTION_DESTROYED'] // postgres.js
])
// PostgreSQL, appendix A: connection exception, insufficient resources, operator intervention (with statement_timeout),
// a transaction rolled back for another's sake, and a replica that is not yet the primary.
const sqlStates = /^(08|53|57|40|25006)/
const redisWords = /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|MOVED|ASK|TRYAGAIN|OOM|BUSY|NOAUTH|UNBLOCKED)\b/
const ioredisMessages = new Set([
  'Connection is closed.',
  'Command timed out',
  "Cluster isn't ready and enableOfflineQueue options is false",
  "Stream isn't writeable and enableOfflineQueue options is false"
])

/**
 * Whether an error means that PostgreSQL or Redis is unreachable, overloaded or not yet ready, so that the same call
 * may work later (503). Anything else a store says is a bug of ours (500). Looks through Drizzle's wrapping.
 */
export function isOutage(error: unknown, depth = 3): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return (
    networkCodes.has(code) ||
    (error.name === 'PostgresError' && sqlStates.test(code)) ||
    (error.name === 'ReplyError' && redisWords.test(error.message)) ||
    error.name === 'DatabaseBusy' ||
    error.name === 'StatementLate' ||
    error.name === 'MaxRetriesPerRequestError' ||
    error.name === 'ClusterAllFailedError' ||
    ioredisMessages.has(error.message) ||
    (depth > 0 && isOutage(error.cause, depth - 1))
  )
}
