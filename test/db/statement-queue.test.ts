import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import postgres from 'postgres'
import t, { type Test } from 'tap'
import { connect } from '../../src/db/client.ts'
import { runBy } from '../../src/db/statement-queue.ts'
import { isOutage } from '../../src/outage.ts'
import { databaseUrl, db as directly } from '../database.ts'
import { createProxy } from '../proxy.ts'

/** A pool of one connection, behind a network that can fail, and a table that it writes to. */
async function onePlace(t: Test, queue: { max: number; timeoutMs: number }) {
  const { hostname, port } = new URL(databaseUrl)
  const proxy = await createProxy(t, hostname, Number(port))
  const { db, close } = connect({ url: proxy.url(databaseUrl), poolMax: 1, timeoutMs: 400, queue })
  t.teardown(close)
  await db.execute('create table if not exists notes (note text)')
  const note = (text: string) => db.execute(sql`insert into notes values (${text})`)
  const notes = async () => (await directly.execute('select note from notes')).map(({ note }) => note)
  return { db, proxy, note, notes }
}

t.test(
  'a statement that gets no connection in time is never sent, even when PostgreSQL is back',
  async (t) => {
    const { proxy, note, notes } = await onePlace(t, { max: 100, timeoutMs: 100 })
    proxy.hang()
    const [sent, ...queued] = await Promise.allSettled(['sent', 'second', 'third'].map(note))
    for (const statement of queued) {
      t.match(statement, { reason: { cause: { name: 'DatabaseBusy' } } })
      t.ok(statement.status === 'rejected' && isOutage(statement.reason), 'this is a 503')
    }
    t.equal(sent?.status, 'rejected')
    await proxy.forward()
    await note('after')
    const found = await notes()
    t.ok(found.includes('after'))
    t.notOk(found.includes('second') || found.includes('third'))
  }
)

t.test('statements beyond the queue are refused at once', async (t) => {
  const { db } = await onePlace(t, { max: 2, timeoutMs: 5_000 })
  const startedAt = performance.now()
  const slow = Array.from({ length: 3 }, () => db.execute('select pg_sleep(0.2)').then(() => 'served'))
  const refused = await db.execute('select 1').catch(({ cause }) => cause)
  t.match(refused, { name: 'DatabaseBusy', message: 'no connection: 2 wait already' })
  t.ok(performance.now() - startedAt < 200)
  t.strictSame(await Promise.all(slow), ['served', 'served', 'served'])
})

t.test('statements, including transactions, are served in order of arrival', async (t) => {
  const { db } = await onePlace(t, { max: 100, timeoutMs: 5_000 })
  const order: string[] = []
  const statements = [
    () => db.execute('select pg_sleep(0.1)'),
    () => db.transaction((tx) => tx.execute('select pg_sleep(0.05)')),
    () => db.select({ one: sql`1` }).from(sql`(values (1)) as one`)
  ]
  const served = statements.map(async (run, place) => {
    // Drizzle takes a few more ticks for some kinds of statement than for others.
    await wait(10 * place)
    await run()
    order.push(`${place}`)
  })
  await Promise.all(served)
  t.strictSame(order, ['0', '1', '2'])
})

t.test('a statement that fails frees its place for the next', async (t) => {
  const { db } = await onePlace(t, { max: 100, timeoutMs: 1_000 })
  const failing = Array.from({ length: 3 }, () => db.execute('select nonsense'))
  for (const { status } of await Promise.allSettled(failing)) t.equal(status, 'rejected')
  t.equal((await db.execute('select 1')).length, 1)
})

t.test('a statement awaited more than once runs once', async (t) => {
  const client = postgres(databaseUrl, { max: 1 })
  t.teardown(() => client.end())
  await client.unsafe('create sequence runs')
  const statement = runBy(async (work) => work(), client).unsafe("select nextval('runs')::int as run")
  t.strictSame([...(await statement), ...(await statement)], [{ run: 1 }, { run: 1 }])
})
