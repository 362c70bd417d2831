import type postgres from 'postgres'
import { statements } from '../telemetry/channels.ts'

export interface QueueOptions {
  /**
   * Statements and transactions under way at the same time: the connections of the pool. More would share connections, and
   * postgres.js gives answers to the wrong caller when it prepares one of several anew, as after a migration.
   */
  places: number
  /** Those that may wait for a place; one more is refused at once. */
  max: number
  /** The longest wait for a place (ms). */
  timeoutMs: number
}

/** Nothing was sent to PostgreSQL: no connection became free. */
export class DatabaseBusy extends Error {
  override name = 'DatabaseBusy'
}

/** Runs a statement or a transaction when its time has come. */
export type Runner = <Result>(work: () => PromiseLike<Result>) => Promise<Result>

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

/**
 * Runs at most `places` pieces of work at a time, in the order in which they came. postgres.js would keep waiting statements
 * for ever and run them when the server is back, long after their requests were answered; here they never reach it.
 * @throws DatabaseBusy
 */
export function inTurns({ places, max, timeoutMs }: QueueOptions): Runner {
  let free = places
  const waiting = new Set<() => void>()
  return async (work) => {
    if (free > 0) free -= 1
    else await turn()
    try {
      return await work()
    } finally {
      next()
    }
  }

  function turn(): Promise<void> {
    if (waiting.size >= max) throw new DatabaseBusy(`${max} statements wait for a connection`)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(start)
        reject(new DatabaseBusy(`no connection became free within ${timeoutMs} ms`))
      }, timeoutMs)
      const start = () => {
        clearTimeout(timer)
        resolve()
      }
      waiting.add(start)
    })
  }

  function next(): void {
    const [start] = waiting
    if (!start) {
      free += 1
      return
    }
    waiting.delete(start)
    start()
  }
}
