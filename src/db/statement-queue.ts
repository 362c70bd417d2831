import type postgres from 'postgres'
import { createTurns, type Runner, type TurnsOptions } from '../load/turns.ts'
import { statements } from '../telemetry/channels.ts'

/** Nothing was sent to PostgreSQL: no connection became free. */
export class DatabaseBusy extends Error {
  override name = 'DatabaseBusy'
}

/**
 * Queues statements and transactions for a connection of the pool. postgres.js would keep them waiting forever and run them
 * when the server is back, long after their requests were answered; and when several share a connection, it gives replies to
 * the wrong caller if it has to prepare one of them again, as after a migration.
 */
export function createStatementQueue(options: Omit<TurnsOptions, 'busy'>) {
  return createTurns({ ...options, busy: (why) => new DatabaseBusy(`no connection: ${why}`) })
}

/** Returns the same pool, with every statement and transaction going through a runner. */
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
