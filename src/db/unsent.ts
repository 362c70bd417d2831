/**
 * Sends a statement or a transaction again that was never sent. postgres.js 3.4.9 keeps the FATAL that ended a connection in the middle
 * of a statement (a restart, `pg_terminate_backend`), and tells it to the first statement of the next connection, maybe an
 * hour later. One that was sent is told that its connection was lost, never of a FATAL: this one cannot run twice.
 */
export async function retryUnsent<Result>(work: () => PromiseLike<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (isFatal(error)) return await work()
    throw error
  }
}

/** PostgreSQL's manual, "Error and Notice Message Fields": the severity that is never translated. */
function isFatal(error: unknown): boolean {
  return error instanceof Error && 'severity' in error && error.severity === 'FATAL'
}
