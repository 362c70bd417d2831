import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import postgres from 'postgres'
import t from 'tap'
import { connect } from '../../src/db/client.ts'
import { retryUnsent } from '../../src/db/unsent.ts'
import { isOutage } from '../../src/outage.ts'
import { databaseUrl } from '../database.ts'
import { until } from '../until.ts'

t.test('after PostgreSQL ends a connection mid-statement, the next statement is answered', async (t) => {
  const { db, close } = connect({ url: databaseUrl, poolMax: 1, timeoutMs: 5_000 })
  const admin = postgres(databaseUrl, { max: 1 })
  t.teardown(() => Promise.all([close(), admin.end()]))
  for (const ask of [
    () => db.execute(sql`select 1`),
    () => db.transaction(async (tx) => tx.execute(sql`select 1`))
  ]) {
    const [{ pid }] = (await db.execute(sql`select pg_backend_pid() as pid`)) as unknown as [{ pid: number }]
    const ended = db.execute(sql`select pg_sleep(5)`).catch((error: unknown) => error)
    await until(
      async () =>
        (await admin`select 1 from pg_stat_activity where pid = ${pid} and wait_event = 'PgSleep'`).length > 0
    )
    await admin`select pg_terminate_backend(${pid})`
    t.ok(isOutage(await ended))
    // A query in the same moment may be refused: the connection is not yet closed.
    await wait(100)
    await t.resolves(ask())
  }
})

t.test('a statement is retried once after a fatal error, and never after another error', async (t) => {
  const failing = (severity: string) => {
    const error = Object.assign(new Error('no'), { severity })
    const work = t.captureFn(async () => Promise.reject(error))
    return { error, work }
  }
  const [plain, fatal] = [failing('ERROR'), failing('FATAL')]
  await t.rejects(retryUnsent(plain.work), plain.error)
  await t.rejects(retryUnsent(fatal.work), fatal.error)
  t.strictSame(
    [plain, fatal].map(({ work }) => work.args().length),
    [1, 2]
  )
})
