// Error names, codes and words by which the drivers say that a store is away, not that we made a mistake.
const networkCodes = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'EPROTO', 'ETIMEDOUT'],
  ...['EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN', 'ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL'],
  ...['EMFILE', 'ENFILE', 'ENOBUFS'], // this machine has no socket left
  ...['CONNECT_TIMEOUT', 'CONNECTION_CLOSED', 'CONNECTION_ENDED', 'CONNECTION_DESTROYED'] // postgres.js
])
// Node's manual, tls, "X509 certificate error codes", and how a handshake fails.
const tlsCodes =
  /^(CERT_|CRL_|UNABLE_TO_|ERROR_IN_C(ERT|RL)_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH|ERR_TLS_CERT_ALTNAME_INVALID|ERR_SSL_)/
// PostgreSQL, appendix A: connection exception, insufficient resources, operator intervention (with statement_timeout),
// system error, a transaction rolled back for another's sake, a password, a right or a database that was taken away, a
// replica that is not yet the primary, an object that is not ready or locked, a limit that ended the session, files that
// are damaged, and a prepared statement that is gone.
const sqlStates = /^(08|26000|53|57|58|40|28|F0|42501|3D000|25006|25P03|25P04|55000|55006|55P03|XX001|XX002)/
/** What a connection says that was open during a migration. Its state, 0A000, is else a bug: a feature that is not there. */
const STALE_PLAN = 'cached plan must not change result type'
/** What PostgreSQL says of a table, a column, a type, a key or a schema that a migration would have made. */
const unmigratedStates = /^(42P01|42703|42704|42P10|3F000)$/
// Before version 7, Redis puts the error of a script's command behind its own.
const redisWords =
  /^(ERR Error running script .*-)?(LOADING|READONLY|MASTERDOWN|NOREPLICAS|MISCONF|CLUSTERDOWN|MOVED|ASK|TRYAGAIN|OOM|BUSY|NOAUTH|WRONGPASS|NOPERM|UNBLOCKED|DENIED|EXECABORT|ERR max number of clients)\b/
// ioredis, and what src/db and src/redis throw themselves.
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
 * Whether an error means that PostgreSQL or Redis is unreachable, ill, overloaded or not yet ready, so that the same call
 * may work later (503). Anything else a store says is a bug of ours (500). Looks through Drizzle's wrapping.
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

/** Whether PostgreSQL lacks something that a migration would have made. */
export function isUnmigrated(error: unknown): boolean {
  return causes(error).some((cause) => cause.name === 'PostgresError' && unmigratedStates.test(codeOf(cause)))
}

/** Whether PostgreSQL took no writes: it is a standby, or was told to be read-only. */
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
