import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import t, { type Test } from 'tap'
import { connect } from '../../src/db/client.ts'
import { migrate } from '../../src/db/migrate.ts'
import { databaseState } from '../../src/db/state.ts'
import { isEmbedded } from '../database.ts'
import { emptyDatabase } from './empty-database.ts'

/** A database for this test only, used by one connection. */
async function database(t: Test) {
  const url = await emptyDatabase(t)
  const { db, close } = connect({ url, poolMax: 1, timeoutMs: 5_000 })
  t.teardown(close)
  return { url, db }
}

t.test('a database is unmigrated until the newest migration is applied, and may be newer', async (t) => {
  const { url, db } = await database(t)
  t.equal(await databaseState(db), 'unmigrated')
  await migrate(url)
  t.equal(await databaseState(db), 'up')

  const shift = (ms: number) =>
    db.execute(sql`update drizzle.__drizzle_migrations set created_at = created_at + ${ms}`)
  await shift(1_000)
  t.equal(await databaseState(db), 'up', 'from the next version')
  await shift(-2_000)
  t.equal(await databaseState(db), 'unmigrated', 'from the last version')
})

t.test('a read-only database is not up', async (t) => {
  const { url, db } = await database(t)
  await migrate(url)
  await db.execute('set default_transaction_read_only = on')
  t.equal(await databaseState(db), 'read_only')
})

t.test('callers share a reading that is under way, and a later caller reads anew', async (t) => {
  const { url, db } = await database(t)
  await migrate(url)
  const together = Array.from({ length: 5 }, () => databaseState(db))
  t.equal(new Set(together).size, 1)
  t.strictSame(await Promise.all(together), Array(5).fill('up'))
  await db.execute('set default_transaction_read_only = on')
  t.equal(await databaseState(db), 'read_only')
})

t.test('a reading that waits for a lock is not shared for long, and a failed one is not kept', async (t) => {
  // In embedded PostgreSQL all share one session: nobody waits for a lock.
  if (isEmbedded) return
  const { url, db } = await database(t)
  await migrate(url)
  await db.execute("set statement_timeout = '300ms'")
  const other = connect({ url, poolMax: 1, timeoutMs: 5_000 })
  t.teardown(other.close)
  await other.db.transaction(async (tx) => {
    await tx.execute('lock table users')
    const first = databaseState(db)
    t.equal(databaseState(db), first)
    first.catch(() => {})
    await wait(110)
    const second = databaseState(db)
    t.not(second, first)
    await t.rejects(first)
    await t.rejects(second)
  })
  t.equal(await databaseState(db), 'up')
})
