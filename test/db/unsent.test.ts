import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import postgres from 'postgres'
import t from 'tap'
import { connect } from '../../src/db/client.ts'
import { retryUnsent } from '../../src/db/unsent.ts'
import { isOutage } from '../../src/outage.ts'
import { databaseUrl, isEmbedded } from '../database.ts'
import { until } from '../until.ts'

// The embedded PostgreSQL has one session, which nobody can end.
if (!isEmbedded)
  t.test('after PostgreSQL ends a connection mid-statement, the next statement is answered', async (t) => {
    const { db, close } = connect({ url: databaseUrl, poolMax: 1, timeoutMs: 5_000 })
    const admin = postgres(databaseUrl, { max: 1 })
    t.teardown(() => Promise.all([close(), admin.end()]))
    for (const ask of [
      () => db.execute(sql`select 1`),
      () => db.transaction(async (tx) => tx.execute(sql`select 1`))
    ]) {
      const [{ pid }] = (await db.execute(sql`select pg_backend_pid() as pid`)) as unknown as [
        { pid: number }
      ]
      const ended = db.execute(sql`select pg_sleep(5)`).catch((error: unknown) => error)
      await until(
        async () =>
          (await admin`select 1 from pg_stat_activity where pid = ${pid} and wait_event = 'PgSleep'`).length >
          0
      )
      await admin`select pg_terminate_backend(${pid})`
      t.ok(isOutage(await ended))
      // A query in the same moment may be refused: the connection is not yet closed.
      await wait(100)
      await t.resolves(ask())
    }
  })

for (const [severity, times] of [
  [{ severity: 'ERROR', severity_local: 'FEHLER' }, 1],
  [{ severity: 'FATAL', severity_local: 'FATAL' }, 2],
  [{ severity: 'PANIC', severity_local: 'PANIK' }, 2],
  // As PgBouncer says it.
  [{ severity_local: 'FATAL' }, 2],
  [{ severity_local: 'ERROR' }, 1]
] as const) {
  t.test(
    `a statement that fails with ${JSON.stringify(severity)} is run ${times} times at most`,
    async (t) => {
      const error = Object.assign(new postgres.PostgresError('no'), severity)
      const work = t.captureFn(async () => Promise.reject(error))
      await t.rejects(retryUnsent(work), error)
      t.equal(work.args().length, times)
    }
  )
}

t.test('what is no error of PostgreSQL is told at once', async (t) => {
  const work = t.captureFn(async () => Promise.reject(new Error('no')))
  await t.rejects(retryUnsent(work), new Error('no'))
  t.equal(work.args().length, 1)
})
