import postgres from 'postgres'

/**
 * Runs a statement or transaction again if it was never sent. When a FATAL error ends a connection in mid-statement (a restart,
 * `pg_terminate_backend`), postgres.js 3.4.9 keeps the error and reports it to the first statement of the next connection,
 * maybe an hour later. A FATAL in answer to connecting (53300, too many clients) is mostly retried once, too. It cannot run
 * a statement twice: PostgreSQL and PgBouncer close after a FATAL without ReadyForQuery, the only message at which postgres.js
 * reports an error to a statement that was sent.
 */
export async function retryUnsent<Result>(work: () => PromiseLike<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (endsConnection(error)) return await work()
    throw error
  }
}

/**
 * Reads the severity that PostgreSQL never translates, or that of PgBouncer, which sends only the other field and translates
 * nothing (PostgreSQL's manual, "Error and Notice Message Fields").
 */
function endsConnection(error: unknown): boolean {
  if (!(error instanceof postgres.PostgresError)) return false
  return ['FATAL', 'PANIC'].includes(error.severity ?? error.severity_local)
}
