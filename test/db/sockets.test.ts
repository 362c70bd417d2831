import { sql } from 'drizzle-orm'
import t, { type Test } from 'tap'
import { freePort } from '../../scripts/find-redis.ts'
import { connect } from '../../src/db/client.ts'
import { findPrimary } from '../../src/db/primary.ts'
import { isOutage } from '../../src/outage.ts'
import { until } from '../until.ts'
import { createFakeServer } from './fake-server.ts'

const urlOf = (...servers: { port: number }[]) =>
  `postgres://nobody@${servers.map(({ port }) => `127.0.0.1:${port}`).join()}/test?target_session_attrs=read-write`

function open(t: Test, url: string) {
  const { db, close } = connect({ url, poolMax: 2, timeoutMs: 1_000 })
  t.teardown(close)
  const say = (query: string) =>
    db.execute(sql.raw(query)).then(
      () => 'done',
      (error: unknown) => (isOutage(error) ? 'outage' : String(error))
    )
  return { write: () => say('insert'), read: () => say('select') }
}

t.test('of several hosts the one that takes writes is used, wherever it is listed', async (t) => {
  const dead = { port: await freePort() }
  const [standby, primary] = [await createFakeServer(t, false), await createFakeServer(t, true)]
  for (const hosts of [
    [dead, standby, primary],
    [primary, standby, dead]
  ]) {
    const { write } = open(t, urlOf(...hosts))
    t.strictSame(await Promise.all([write(), write(), write()]), ['done', 'done', 'done'])
  }
  t.equal(primary.written, 6)
})

t.test('when a primary dies, the standby is used as soon as it is promoted', async (t) => {
  const [primary, standby] = [await createFakeServer(t, true), await createFakeServer(t, false)]
  const { write } = open(t, urlOf(primary, standby))
  t.equal(await write(), 'done')
  await primary.stop()
  t.equal(await write(), 'outage')
  t.equal(await write(), 'outage')
  standby.takesWrites = true
  await until(async () => (await write()) === 'done')
  t.ok(standby.written > 0)
})

t.test('a primary demoted behind open connections is left for the new one', async (t) => {
  const [primary, standby] = [await createFakeServer(t, true), await createFakeServer(t, false)]
  const { write, read } = open(t, urlOf(primary, standby))
  t.equal(await write(), 'done')
  primary.takesWrites = false
  t.strictSame(await Promise.all([write(), write()]), ['outage', 'outage'])
  t.equal(await read(), 'done', 'without a primary, reads are still answered')
  standby.takesWrites = true
  await until(async () => (await write()) === 'done')
  t.ok(standby.written > 0)
})

t.test('a single host is written to again once it takes writes', async (t) => {
  const server = await createFakeServer(t, false)
  const { write, read } = open(t, urlOf(server))
  t.equal(await write(), 'outage')
  t.equal(await read(), 'done')
  server.takesWrites = true
  await until(async () => (await write()) === 'done')
})

t.test('hosts that all refuse writes are an outage, but a connection error is reported first', async (t) => {
  const standby = await createFakeServer(t, false)
  const error = await findPrimary(urlOf(standby)).catch((error: unknown) => error)
  t.match(error, { name: 'NoPrimary' })
  t.ok(isOutage(error))
  const dead = { port: await freePort() }
  await t.rejects(findPrimary(urlOf(standby, dead)), { code: 'ECONNREFUSED' })
  t.equal(await open(t, urlOf(standby, dead)).write(), 'outage')
})
