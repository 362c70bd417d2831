import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { readClock } from '../../src/db/deadline.ts'
import dbPlugin from '../../src/plugins/db.ts'
import dbClock from '../../src/plugins/db-clock.ts'
import { databaseUrl, db, isEmbedded } from '../database.ts'
import { createProxy } from '../proxy.ts'
import { until } from '../until.ts'

async function build(t: Test, { checkMs = 60_000, url = databaseUrl } = {}) {
  const log: string[] = []
  const app = Fastify({ logger: { stream: { write: (line: string) => log.push(line) } } })
  app.register(dbPlugin, { url, poolMax: 2, timeoutMs: 300, queueMax: 10, queueTimeoutMs: 1_000 })
  app.register(dbClock, { clockCheckMs: checkMs })
  t.teardown(() => app.close())
  await app.ready()
  const said = () => log.filter((line) => line.includes('clock_skew')).map((line) => JSON.parse(line))
  const warned = () => said().map(({ skew_seconds }) => skew_seconds)
  return { dbClock: app.dbClock, said, warned }
}

t.test(
  'a moment of this process is one of the database, whatever the clock of this process shows',
  async (t) => {
    const { now } = Date
    t.teardown(() => {
      Date.now = now
    })
    Date.now = () => now() + 3_600_000
    const { dbClock } = await build(t)
    const shown = new Date(await dbClock.at(performance.now() + 10_000)).getTime()
    t.ok(Math.abs(shown - ((await readClock(db)) + 10_000)) < 1_000)
  }
)

t.test(
  'a database that is away is waited for when its clock is first needed, and read again then',
  async (t) => {
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
  }
)

if (!isEmbedded) {
  t.test(
    'a clock that differs by more than five seconds warns without being asked, once, and again when it changes',
    async (t) => {
      const { now } = Date
      t.teardown(() => {
        Date.now = now
      })
      const { warned } = await build(t, { checkMs: 20 })
      const expected = []
      for (const skew of [5.4, 60, 0.2]) {
        Date.now = () => now() + skew * 1_000
        expected.push(Math.round(skew))
        await until(() => warned().length === expected.length)
      }
      t.strictSame(warned(), expected)
    }
  )

  t.test('a clock that was set right is no warning: the log says that it agrees again', async (t) => {
    const { now } = Date
    t.teardown(() => {
      Date.now = now
    })
    const { said } = await build(t, { checkMs: 20 })
    for (const [times, skew] of [60, 0, 60].entries()) {
      Date.now = () => now() + skew * 1_000
      await until(() => said().length > times)
    }
    t.match(said(), [
      { level: 40, skew_seconds: 60, msg: 'differs from' },
      { level: 30, skew_seconds: 0, msg: 'agrees again with' },
      { level: 40, skew_seconds: 60, msg: 'differs from' }
    ])
  })

  t.test('a process with a wrong clock says so at its start', async (t) => {
    const { now } = Date
    t.teardown(() => {
      Date.now = now
    })
    Date.now = () => now() - 60_000
    const { warned } = await build(t)
    await until(() => warned().length > 0)
    t.strictSame(warned(), [-60])
  })
}
