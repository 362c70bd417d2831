import { sql } from 'drizzle-orm'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { readClock } from '../../src/db/deadline.ts'
import dbPlugin from '../../src/plugins/db.ts'
import dbClock from '../../src/plugins/db-clock.ts'
import { databaseUrl, db } from '../database.ts'
import { createProxy } from '../proxy.ts'
import { until } from '../until.ts'

async function build(t: Test, { checkMs = 60_000, url = databaseUrl } = {}) {
  const log: string[] = []
  const app = Fastify({ logger: { stream: { write: (line: string) => log.push(line) } } })
  app.register(dbPlugin, {
    url,
    prepare: true,
    poolMax: 2,
    timeoutMs: 300,
    queueMax: 10,
    queueTimeoutMs: 1_000,
    lockTimeoutMs: 500
  })
  app.register(dbClock, { clockCheckMs: checkMs })
  t.teardown(() => app.close())
  await app.ready()
  const said = () => log.filter((line) => line.includes('clock_skew')).map((line) => JSON.parse(line))
  const warned = () => said().map(({ skew_seconds }) => skew_seconds)
  return { dbClock: app.dbClock, said, warned }
}

t.test('times follow the clock of the database, whatever the clock of this process shows', async (t) => {
  const { now } = Date
  t.teardown(() => {
    Date.now = now
  })
  Date.now = () => now() + 3_600_000
  const { dbClock } = await build(t)
  const shown = new Date(await dbClock.at(performance.now() + 10_000)).getTime()
  t.ok(Math.abs(shown - ((await readClock(db)) + 10_000)) < 1_000)
})

t.test('reading the database clock fails during an outage and works again after it', async (t) => {
  const { hostname, port } = new URL(databaseUrl)
  const proxy = await createProxy(t, hostname, Number(port))
  await proxy.refuse()
  const { dbClock } = await build(t, { url: proxy.url(databaseUrl), checkMs: 20 })
  await t.rejects(dbClock.at(performance.now()))
  await proxy.forward()
  await until(() =>
    dbClock.at(performance.now()).then(
      () => true,
      () => false
    )
  )
})

/**
 * Sets the database clock back relative to this process, for connections opened from now on. Not done with
 * Date.now: PGlite, which may stand in for a server, runs in this process and would move along.
 */
async function setDatabaseBack(seconds: number) {
  await db.execute(
    sql.raw(`create or replace function public.clock_timestamp() returns timestamptz language sql volatile
      return pg_catalog.clock_timestamp() - interval '${seconds} seconds'`)
  )
}

t.test('a process whose clock differs from the database', async (t) => {
  await db.execute(sql`do $$ begin
    execute format('alter database %I set search_path = public, pg_catalog', current_database());
  end $$`)
  // All connections to PGlite share one session, which has already started.
  await db.execute(sql`set search_path = public, pg_catalog`)
  t.afterEach(() => setDatabaseBack(0))

  await t.test('warns of a difference on its own, once, and again when it changes', async (t) => {
    const { warned } = await build(t, { checkMs: 20 })
    const expected = []
    for (const skew of [5.4, 60, 0.2]) {
      await setDatabaseBack(skew)
      expected.push(Math.round(skew))
      await until(() => warned().length === expected.length)
    }
    t.strictSame(warned(), expected)
  })

  await t.test('says when the clocks agree again, and warns of the next difference', async (t) => {
    const { said } = await build(t, { checkMs: 20 })
    for (const [times, skew] of [60, 0, 60].entries()) {
      await setDatabaseBack(skew)
      await until(() => said().length > times)
    }
    t.match(said(), [
      { level: 40, skew_seconds: 60, msg: 'differs from' },
      { level: 30, skew_seconds: 0, msg: 'agrees again with' },
      { level: 40, skew_seconds: 60, msg: 'differs from' }
    ])
  })

  await t.test('warns at startup', async (t) => {
    await setDatabaseBack(-60)
    const { warned } = await build(t)
    await until(() => warned().length > 0)
    t.strictSame(warned(), [-60])
  })
})
