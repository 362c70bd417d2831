import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { sql } from 'drizzle-orm'
import postgres from 'postgres'
import t, { type Test } from 'tap'
import { connect } from '../../src/db/client.ts'
import type { ImpatientSocket, Target } from '../../src/db/socket.ts'
import { createSockets } from '../../src/db/sockets.ts'
import { isOutage } from '../../src/outage.ts'
import { databaseUrl } from '../database.ts'
import { createProxy } from '../proxy.ts'

const { hostname, port } = new URL(databaseUrl)

async function proxied(t: Test, timeoutMs: number, poolMax = 2) {
  const proxy = await createProxy(t, hostname, Number(port))
  const { db, close } = connect({ url: proxy.url(databaseUrl), poolMax, timeoutMs })
  t.teardown(close)
  return { proxy, db }
}

t.test('a connection lost during a transaction fails it and nothing else', async (t) => {
  const { proxy, db } = await proxied(t, 5_000)
  const lost = db.transaction(async (tx) => {
    await tx.execute(sql`select 1`)
    const underWay = tx.execute(sql`select pg_sleep(0.2)`).then(() => {})
    proxy.cut()
    await underWay
  })
  t.ok(isOutage(await lost.catch((error: unknown) => error)))
  await t.resolves(db.execute(sql`select 1`))
})

t.test('a server that accepts connections and hangs up is an outage', async (t) => {
  const server = createServer((socket) => socket.end())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  const url = `postgres://postgres@127.0.0.1:${(server.address() as AddressInfo).port}/postgres`
  const { db, close } = connect({ url, poolMax: 1, timeoutMs: 300 })
  t.teardown(close)
  t.ok(isOutage(await db.execute(sql`select 1`).catch((error: unknown) => error)))
})

t.test('a query right after a failure is answered or refused, never left hanging', async (t) => {
  const { proxy, db } = await proxied(t, 300)
  const ask = () => db.execute(sql`select 1`).then(() => 'answered', isOutage)
  t.equal(await ask(), 'answered')
  proxy.hang()
  t.strictSame(await Promise.all([ask(), ask(), ask(), ask()]), [true, true, true, true])
  await proxy.forward()
  t.ok(await ask())
  t.equal(await ask(), 'answered')
})

t.test('a connection lost with a statement unwritten is replaced for the next one', async (t) => {
  const { connect } = createSockets(databaseUrl, 5_000)
  const opened: ImpatientSocket[] = []
  const client = postgres(databaseUrl, {
    max: 1,
    connect_timeout: 1,
    backoff: () => 0,
    fetch_types: false,
    socket: async (target: Target) => {
      const socket = await connect(target)
      opened.push(socket)
      return socket
    }
  } as postgres.Options<Record<string, never>>)
  t.teardown(() => client.end({ timeout: 0 }))
  await client`select 1`
  // Between writing statements and learning of the loss.
  const unwritten = await new Promise((resolve) => {
    setImmediate(() => {
      opened[0]?.destroy()
      client`select 'unwritten'`.then(() => 'answered', isOutage).then(resolve)
    })
  })
  t.equal(unwritten, true)
  t.strictSame([...(await client`select 'next' as said`)], [{ said: 'next' }])
  t.ok(opened.length > 2, 'it took more than one socket')
})
