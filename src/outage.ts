// The error names, codes and words by which the drivers report that a store is unavailable, as opposed to a bug of ours.
const networkCodes = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'EPROTO', 'ETIMEDOUT'],
  ...['EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN', 'ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL'],
  ...['EMFILE', 'ENFILE', 'ENOBUFS'], // no file descriptors or socket buffers left
  ...['CONNECT_TIMEOUT', 'CONNECTION_CLOSED', 'CONNECTION_ENDED', 'CONNECTION_DESTROYED'] // postgres.js
])
// Node.js documentation, TLS, "X509 certificate error codes", and the codes of a failed handshake.
const tlsCodes =
  /^(CERT_|CRL_|UNABLE_TO_|ERROR_IN_C(ERT|RL)_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH|ERR_TLS_CERT_ALTNAME_INVALID|ERR_SSL_)/
// PostgreSQL, appendix A: connection exceptions, insufficient resources, operator intervention (including
// statement_timeout), system errors, a transaction rolled back in favour of another, a password, privilege or database that
// was taken away, a replica not yet promoted to primary, an object that is not ready or is locked, a time limit that ended
// the session, damaged files, and a prepared statement that no longer exists.
const sqlStates = /^(08|26000|53|57|58|40|28|F0|42501|3D000|25006|25P03|25P04|55000|55006|55P03|XX001|XX002)/
/** Reported on a connection that was open during a migration. Otherwise its SQLSTATE, 0A000 (unsupported feature), is a bug. */
const STALE_PLAN = 'cached plan must not change result type'
/** SQLSTATEs for a missing table, column, type, key or schema that a migration would have created. */
const unmigratedStates = /^(42P01|42703|42704|42P10|3F000)$/
// Before version 7, Redis prefixes the error of a command in a script with an error of its own.
const redisWords =
  /^(ERR Error running script .*-)?(LOADING|READONLY|MASTERDOWN|NOREPLICAS|MISCONF|CLUSTERDOWN|MOVED|ASK|TRYAGAIN|OOM|BUSY|NOAUTH|WRONGPASS|NOPERM|UNBLOCKED|DENIED|EXECABORT|ERR max number of clients)\b/
// Errors of ioredis, and those that src/db and src/redis throw themselves.
const errorNames = new Set([
  'MaxRetriesPerRequestError',
  'ClusterAllFailedError',
  'DatabaseBusy',
  'NoPrimary',
  'StatementLate',
  'WriteUnconfirmed'
])
const ioredisMessages = new Set([
  'Connection is closed.',
  'Command timed out',
  'Command aborted due to connection close',
  "Cluster isn't ready and enableOfflineQueue options is false",
  "Stream isn't writeable and enableOfflineQueue options is false",
  // The slots of a cluster moved between filling the pipeline and sending it.
  'All keys in the pipeline should belong to the same slots allocation group'
])

/**
 * Whether an error means that PostgreSQL or Redis is unreachable, unhealthy, overloaded or not yet ready, so that the same
 * call may succeed later (503). Any other error of a store is a bug of ours (500). Looks through Drizzle's wrapper errors.
 */
export function isOutage(error: unknown): boolean {
  return causes(error).some(
    (cause) =>
      networkCodes.has(codeOf(cause)) ||
      tlsCodes.test(codeOf(cause)) ||
      (cause.name === 'PostgresError' && (sqlStates.test(codeOf(cause)) || cause.message === STALE_PLAN)) ||
      (cause.name === 'ReplyError' && redisWords.test(cause.message)) ||
      errorNames.has(cause.name) ||
      ioredisMessages.has(cause.message)
  )
}

/** Whether PostgreSQL lacks something that a migration would have created. */
export function isUnmigrated(error: unknown): boolean {
  return causes(error).some((cause) => cause.name === 'PostgresError' && unmigratedStates.test(codeOf(cause)))
}

/** Whether PostgreSQL refused a write because it is a standby or was set to read-only. */
export function isReadOnly(error: unknown): boolean {
  return causes(error).some((cause) => cause.name === 'PostgresError' && codeOf(cause) === '25006')
}

function causes(error: unknown, depth = 3): Error[] {
  if (!(error instanceof Error)) return []
  return [error, ...(depth > 0 ? causes(error.cause, depth - 1) : [])]
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}
