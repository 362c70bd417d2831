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
// PostgreSQL, appendix A: connection exception, authorization, unknown database, insufficient resources, object not ready,
// operator intervention (with statement_timeout), system error, internal error, configuration file; a transaction rolled
// back for another's sake, a replica that is not yet the primary, a privilege that was not granted.
const sqlStates = /^(08|28|3D|53|55|57|58|XX|F0|40|25006|42501)/
/** A table, a column or a schema that is not there: some migration was not applied. */
const unmigratedStates = /^(42P01|42703|3F000)$/
const redisWords =
  /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|MOVED|ASK|TRYAGAIN|OOM|BUSY|NOAUTH|NOPERM|WRONGPASS|UNBLOCKED|NOREPLICAS|MISCONF|ERR max number of clients)\b/
// ioredis, and what src/db throws itself.
const errorNames = new Set([
  'MaxRetriesPerRequestError',
  'ClusterAllFailedError',
  'DatabaseBusy',
  'StatementLate'
])
const ioredisMessages = new Set([
  'Connection is closed.',
  'Command timed out',
  "Cluster isn't ready and enableOfflineQueue options is false",
  "Stream isn't writeable and enableOfflineQueue options is false"
])

/**
 * Whether an error means that PostgreSQL or Redis is unreachable, ill, overloaded or not yet ready, so that the same call
 * may work later (503). Anything else a store says is a bug of ours (500). Looks through Drizzle's wrapping.
 */
export function isOutage(error: unknown): boolean {
  return causes(error).some(
    (cause) =>
      networkCodes.has(codeOf(cause)) ||
      (cause.name === 'PostgresError' && sqlStates.test(codeOf(cause))) ||
      (cause.name === 'ReplyError' && redisWords.test(cause.message)) ||
      errorNames.has(cause.name) ||
      ioredisMessages.has(cause.message)
  )
}

/** Whether PostgreSQL lacks something that a migration would have made. */
export function isUnmigrated(error: unknown): boolean {
  return causes(error).some((cause) => cause.name === 'PostgresError' && unmigratedStates.test(codeOf(cause)))
}

function causes(error: unknown, depth = 3): Error[] {
  if (!(error instanceof Error)) return []
  return [error, ...(depth > 0 ? causes(error.cause, depth - 1) : [])]
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}
