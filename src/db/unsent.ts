/**
 * Runs a statement or transaction again if it was never sent. When a FATAL error ends a connection in mid-statement (a restart,
 * `pg_terminate_backend`), postgres.js 3.4.9 keeps the error and reports it to the first statement of the next connection,
 * maybe an hour later. A FATAL in answer to connecting (53300, too many clients) is retried once, too. A statement that was sent
 * fails with a lost connection, never with a FATAL, so it cannot run twice.
 */
export async function retryUnsent<Result>(work: () => PromiseLike<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (isFatal(error)) return await work()
    throw error
  }
}

/** Checks the severity that is never translated (PostgreSQL's manual, "Error and Notice Message Fields"). */
function isFatal(error: unknown): boolean {
  return error instanceof Error && 'severity' in error && error.severity === 'FATAL'
}
