import type postgres from 'postgres'
import { createTurns, type Runner, type TurnsOptions } from '../load/turns.ts'
import { statements } from '../telemetry/channels.ts'

/** Nothing was sent to PostgreSQL: no connection became free. */
export class DatabaseBusy extends Error {
  override name = 'DatabaseBusy'
}

/**
 * Statements and transactions wait for a connection of the pool here. postgres.js would keep those that wait for ever and run
 * them when the server is back, long after their requests were answered; and where more share a connection, it gives answers
 * to the wrong caller when it prepares one of several anew, as after a migration.
 */
export function createStatementQueue(options: Omit<TurnsOptions, 'busy'>) {
  return createTurns({ ...options, busy: (why) => new DatabaseBusy(`no connection: ${why}`) })
}

/** The same pool, whose every statement and transaction goes through a runner. */
export function runBy(run: Runner, client: postgres.Sql): postgres.Sql {
  const unsafe = (...statement: Parameters<typeof client.unsafe>) => {
    const [text] = statement
    const query = () => client.unsafe(...statement)
    const rows = () => statements.tracePromise(() => run(query), { text })
    let result: ReturnType<typeof rows> | undefined
    return {
      values: () => statements.tracePromise(() => run(() => query().values()), { text }),
      // biome-ignore lint/suspicious/noThenProperty: like a query of postgres.js, it runs when it is first awaited
      then(...settled: Parameters<ReturnType<typeof query>['then']>) {
        result ??= rows()
        return result.then(...settled)
      }
    }
  }
  const begin = (work: (sql: postgres.TransactionSql) => unknown) =>
    statements.tracePromise(() => run(() => client.begin(work)), { text: 'transaction' })
  return new Proxy(client, {
    get: (target, name) => ({ unsafe, begin })[String(name)] ?? Reflect.get(target, name)
  })
}
