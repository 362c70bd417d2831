import { sql } from 'drizzle-orm'
import t from 'tap'
import { db, isEmbedded } from '../database.ts'
import { build, claimsOf, signUp } from '../helper.ts'
import { until } from '../until.ts'

// In embedded PostgreSQL all connections share one session, so none can wait for another.
if (!isEmbedded) {
  t.test('a locked row of one user delays nobody else, and that user only briefly', async (t) => {
    const built = await build(t, {
      DATABASE_POOL_MAX: '3',
      USER_REQUESTS_MAX: '2',
      DATABASE_LOCK_TIMEOUT_MS: '300'
    })
    const [locked, other] = [await signUp(built), await signUp(built)]
    await built.me(other.access)
    let unlock = () => {}
    const held = new Promise<void>((resolve) => {
      unlock = resolve
    })
    const locking = db.transaction(async (tx) => {
      await tx.execute(sql`select from users where id = ${claimsOf(locked.access).sub} for update`)
      await held
    })
    await until(async () => (await waiters()) === 0)
    const change = () => built.patchProfile(locked.access, { full_name: 'Aziza Karimova' })
    const hammering = Array.from({ length: 6 }, change)
    await until(async () => (await waiters()) > 0)
    t.equal((await built.me(other.access)).statusCode, 200)
    t.equal((await waiters()) <= 2, true, 'other requests of its user hold no connection')
    for (const { statusCode } of await Promise.all(hammering)) t.equal(statusCode, 503)
    unlock()
    await locking
    t.equal((await change()).statusCode, 200)
  })
}

async function waiters(): Promise<number> {
  const rows = await db.execute(sql`select from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`)
  return rows.length
}
