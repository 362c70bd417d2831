import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import t, { type Test } from 'tap'
import { connect } from '../../src/db/client.ts'
import { migrate } from '../../src/db/migrate.ts'
import { databaseState } from '../../src/db/state.ts'
import { isEmbedded } from '../database.ts'
import { emptyDatabase } from './empty-database.ts'

/** A database of this test alone, spoken to by one connection. */
async function database(t: Test) {
  const url = await emptyDatabase(t)
  const { db, close } = connect({ url, poolMax: 1, timeoutMs: 5_000 })
  t.teardown(close)
  return { url, db }
}

t.test('a database is unmigrated until its newest migration is applied, and may be newer', async (t) => {
  const { url, db } = await database(t)
  t.equal(await databaseState(db), 'unmigrated')
  await migrate(url)
  t.equal(await databaseState(db), 'up')

  const shift = (ms: number) =>
    db.execute(sql`update drizzle.__drizzle_migrations set created_at = created_at + ${ms}`)
  await shift(1_000)
  t.equal(await databaseState(db), 'up', 'of the next version')
  await shift(-2_000)
  t.equal(await databaseState(db), 'unmigrated', 'of the last version')
})

t.test('a database that only reads is not up', async (t) => {
  const { url, db } = await database(t)
  await migrate(url)
  await db.execute('set default_transaction_read_only = on')
  t.equal(await databaseState(db), 'read_only')
})

t.test(
  'those who ask while the state is being read share the answer; who asks later reads it anew',
  async (t) => {
    const { url, db } = await database(t)
    await migrate(url)
    const together = Array.from({ length: 5 }, () => databaseState(db))
    t.equal(new Set(together).size, 1)
    t.strictSame(await Promise.all(together), Array(5).fill('up'))
    await db.execute('set default_transaction_read_only = on')
    t.equal(await databaseState(db), 'read_only')
  }
)

t.test(
  'a reading that waits for a lock is not joined for long, and one that failed is not kept',
  async (t) => {
    // Embedded, all share one session: nobody waits for a lock.
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
  }
)
