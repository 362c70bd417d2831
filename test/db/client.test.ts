import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import t, { type Test } from 'tap'
import { connect } from '../../src/db/client.ts'
import { isOutage } from '../../src/outage.ts'
import { databaseUrl } from '../database.ts'
import { createProxy } from '../proxy.ts'
import { until } from '../until.ts'

const { hostname, port } = new URL(databaseUrl)

/** A pool that reaches PostgreSQL through a proxy; `ask` runs the shortest query and returns its outcome. */
async function proxied(t: Test, timeoutMs: number, poolMax = 2) {
  const proxy = await createProxy(t, hostname, Number(port))
  const { db, close } = connect({ url: proxy.url(databaseUrl), poolMax, timeoutMs })
  t.teardown(close)
  const ask = async () => {
    const started = performance.now()
    const error = await db.execute(sql`select 1`).then(
      () => undefined,
      (error: unknown) => error
    )
    return { error, ms: performance.now() - started }
  }
  // Right after an outage one more query may get a connection that is about to close.
  const recovered = async () => {
    let error: unknown
    await until(async () => {
      error = (await ask()).error
      return !isOutage(error)
    })
    return error === undefined
  }
  return { proxy, db, close, ask, recovered }
}

t.test('a refused connection is an outage at once, and the pool works once the server is up', async (t) => {
  const { proxy, ask } = await proxied(t, 5_000)
  await proxy.refuse()
  const { error, ms } = await ask()
  t.ok(isOutage(error), String(error))
  t.ok(ms < 1_000, `${ms} ms`)

  await proxy.forward()
  t.equal((await ask()).error, undefined)
})

t.test('a server that falls silent on open connections is given up after twice the timeout', async (t) => {
  const { proxy, ask, recovered } = await proxied(t, 300)
  t.equal((await ask()).error, undefined)
  proxy.hang()
  const answers = await Promise.all([ask(), ask(), ask(), ask()])
  for (const { error, ms } of answers) {
    t.ok(isOutage(error), String(error))
    t.ok(ms > 500 && ms < 2_500, `${ms} ms`)
  }

  await proxy.forward()
  t.ok(await recovered(), 'the pool works again')
})

t.test('a server that accepts a connection but says nothing is given up too', async (t) => {
  const { proxy, ask, recovered } = await proxied(t, 300)
  proxy.hang()
  const { error, ms } = await ask()
  t.ok(isOutage(error), String(error))
  t.ok(ms < 2_500, `${ms} ms`)

  await proxy.forward()
  t.ok(await recovered(), 'the pool works again')
})

t.test('a connection that breaks during a query is an outage, and the pool recovers', async (t) => {
  const { proxy, db, ask, recovered } = await proxied(t, 5_000, 1)
  t.equal((await ask()).error, undefined)
  proxy.hang()
  const broken = db.execute(sql`select 1`).catch((error: unknown) => error)
  proxy.cut()
  t.ok(isOutage(await broken))

  await proxy.forward()
  t.ok(await recovered())
})

t.test('a pool that was never used closes, even without a server', async (t) => {
  const { proxy, close } = await proxied(t, 5_000)
  await proxy.refuse()
  await t.resolves(close())
})

t.test('server notices are not printed to the console', async (t) => {
  const { db } = await proxied(t, 5_000)
  const printed = t.capture(console, 'log')
  await db.execute(sql`do $$ begin raise notice 'a remark'; end $$`)
  t.strictSame(printed(), [])
})

t.test('closing waits for the running query and refuses new ones', async (t) => {
  const { db, close, ask } = await proxied(t, 5_000, 1)
  await ask()
  const underWay = Promise.all([db.execute(sql`select pg_sleep(0.2), 'done' as state`)])
  // Drizzle sends a query only a few promises after it is awaited.
  await setImmediate()
  await close()
  t.match(await underWay, [[{ state: 'done' }]])
  t.ok(isOutage((await ask()).error))
})

t.test('PGHOST may name a Unix socket folder, and a server that is starting up is an outage', async (t) => {
  // Not t.testdir(): the path of a socket has at most about 100 characters.
  const folder = await mkdtemp(join(tmpdir(), 'pg-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const server = createServer((socket) => socket.end(errorResponse('57P03')))
  server.listen(join(folder, '.s.PGSQL.5432'))
  t.teardown(() => server.close())
  process.env.PGHOST = folder
  t.teardown(() => delete process.env.PGHOST)
  const { db, close } = connect({ url: 'postgres:///postgres', poolMax: 1, timeoutMs: 1_000 })
  t.teardown(close)

  const error = await db.execute(sql`select 1`).catch((error: unknown) => error)
  t.match(error, { cause: { code: '57P03' } })
  t.ok(isOutage(error))
})

/** What PostgreSQL sends before it hangs up ("Message Formats", ErrorResponse). */
function errorResponse(sqlState: string): Buffer {
  const fields = Buffer.from(`SFATAL\0C${sqlState}\0Mof the test\0\0`)
  const length = Buffer.alloc(4)
  length.writeInt32BE(4 + fields.length)
  return Buffer.concat([Buffer.from('E'), length, fields])
}
