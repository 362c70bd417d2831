import { existsSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers/promises'
import postgres from 'postgres'
import t, { type Test } from 'tap'
import { openEmbeddedPostgres } from '../../scripts/embedded-postgres.ts'
import { freePort } from '../../scripts/find-redis.ts'
import { start } from '../process.ts'
import { createProxy } from '../proxy.ts'

/** One folder for all tests: filling a new one takes seconds. */
const folder = `${t.testdir()}/data`
const lock = `${folder}.lock`

async function open(t: Test) {
  const embedded = await openEmbeddedPostgres(folder)
  t.teardown(() => existsSync(lock) && embedded.close())
  return embedded
}

function clientOf(t: Test, url: string, options: postgres.Options<Record<string, never>> = {}) {
  const client = postgres(url, { max: 1, onnotice: () => {}, ...options })
  t.teardown(() => client.end())
  return client
}

const write = (t: Test, name: string, rows: number) =>
  start(t, 'test/scripts/embedded-writer.ts', [folder, name, String(rows)])

async function countWritten(client: postgres.Sql) {
  const counts = await client`select name, count(*)::int as rows from written group by name order by name`
  return counts.map(({ name, rows }) => [name, rows])
}

t.test('written data is there when the folder is opened again', async (t) => {
  const embedded = await openEmbeddedPostgres(folder)
  await clientOf(t, embedded.url)`create table kept as select 'a word' as word`
  t.ok(existsSync(lock))
  await embedded.close()
  t.notOk(existsSync(lock), 'the folder is free')

  const again = clientOf(t, (await open(t)).url)
  t.strictSame([...(await again`select word from kept`)], [{ word: 'a word' }])
})

t.test('an open folder is shared only with those who ask to join, and they may leave', async (t) => {
  const holder = await open(t)
  await t.rejects(openEmbeddedPostgres(folder), {
    message: `${folder} is in use by process ${process.pid}; stop that first.`
  })
  const joined = await openEmbeddedPostgres(folder, { join: true })
  t.equal(joined.url, holder.url)
  await joined.close()
  t.strictSame([...(await clientOf(t, holder.url)`select 1 as one`)], [{ one: 1 }])
})

t.test('processes that open one folder share it, and no write of theirs is lost', async (t) => {
  const { url } = await open(t)
  const client = clientOf(t, url)
  const children = ['one', 'other'].map((name) => write(t, name, 100))
  const urls = children.map(({ said }) => said(/done (.*)\n/))
  await client`create table if not exists written (name text, number int)`
  for (let number = 0; number < 100; number++) await client`insert into written values ('parent', ${number})`
  t.strictSame(await Promise.all(urls), [url, url])
  t.strictSame(await countWritten(client), [
    ['one', 100],
    ['other', 100],
    ['parent', 100]
  ])
  for (const { child } of children) child.stdin.end()
  for (const { ended } of children) t.match(await ended, { code: 0, stderr: '' })
})

t.test('a killed process frees the folder and loses no confirmed write', async (t) => {
  const { child, said, ended } = write(t, 'killed', 20)
  const url = await said(/done (.*)\n/)
  child.kill('SIGKILL')
  await ended
  t.ok(existsSync(lock), 'it could not clean up')

  const mine = await open(t)
  t.not(mine.url, url)
  const written = await countWritten(clientOf(t, mine.url))
  t.strictSame(
    written.filter(([name]) => name === 'killed'),
    [['killed', 20]]
  )
})

t.test('an unreadable lock is taken over', async (t) => {
  writeFileSync(lock, '{"pid":')
  t.strictSame([...(await clientOf(t, (await open(t)).url)`select 1 as one`)], [{ one: 1 }])
})

t.test('a lock whose holder never serves is reported by name', async (t) => {
  t.teardown(syncBuiltinESMExports)
  t.intercept(timers, 'setTimeout', { value: async () => {} })
  syncBuiltinESMExports()
  const taken = `${t.testdir()}/data`
  writeFileSync(`${taken}.lock`, JSON.stringify({ pid: process.pid }))
  await t.rejects(openEmbeddedPostgres(taken, { join: true }), {
    message: `Another process holds ${taken}.lock`
  })
})

t.test('a lock is stale if nobody serves at its address, even if its process id is alive', async (t) => {
  writeFileSync(
    lock,
    JSON.stringify({ pid: process.pid, url: `postgres://postgres@127.0.0.1:${await freePort()}/postgres` })
  )
  t.strictSame([...(await clientOf(t, (await open(t)).url)`select 1 as one`)], [{ one: 1 }])
})

t.test('a lock of a process that died before it served is taken over', async (t) => {
  writeFileSync(lock, JSON.stringify({ pid: 4_194_304 }))
  t.strictSame([...(await clientOf(t, (await open(t)).url)`select 1 as one`)], [{ one: 1 }])
})

t.test('a folder that cannot be created is an error', async (t) => {
  await t.rejects(openEmbeddedPostgres(`${folder}/${'x'.repeat(300)}`), { code: 'ENAMETOOLONG' })
})

t.test('concurrent transactions stay apart, and failed ones leave nothing', async (t) => {
  const { url } = await open(t)
  const client = clientOf(t, url, { max: 8 })
  await client`create table pairs (number int primary key)`
  const endings = await Promise.allSettled(
    Array.from({ length: 24 }, (_, number) =>
      client.begin(async (tx) => {
        await tx`insert into pairs values (${number})`
        await tx`insert into pairs values (${number % 3 === 0 ? number : number + 100})`
      })
    )
  )
  t.equal(endings.filter(({ status }) => status === 'rejected').length, 8)
  const numbers = (await client`select number from pairs order by number`).map(({ number }) => number)
  const kept = Array.from({ length: 24 }, (_, number) => number).filter((number) => number % 3 !== 0)
  t.strictSame(numbers, [...kept, ...kept.map((number) => number + 100)])
})

t.test('a client that leaves during a transaction is rolled back and blocks nobody', async (t) => {
  const { url } = await open(t)
  const proxy = await createProxy(t, '127.0.0.1', Number(new URL(url).port))
  const client = clientOf(t, url)
  await client`create table abandoned (number int)`
  const leaver = clientOf(t, proxy.url(url))
  await leaver.unsafe('begin')
  await leaver`insert into abandoned values (1)`
  const reader = client`select * from abandoned`.execute()
  proxy.cut()
  t.strictSame([...(await reader)], [])
})

t.test('an error reaches its client, and the connection stays usable', async (t) => {
  const client = clientOf(t, (await open(t)).url)
  await t.rejects(client`select * from nowhere`, { code: '42P01' })
  t.strictSame([...(await client`select 1 as one`)], [{ one: 1 }])
})

t.test('large messages arrive whole, even from a client that asks for TLS first', async (t) => {
  const client = clientOf(t, (await open(t)).url, { ssl: 'prefer' })
  const long = 'ўзбек '.repeat(100_000)
  t.strictSame([...(await client`select ${long} as text`)], [{ text: long }])
})

t.test('closing ends open connections', async (t) => {
  const embedded = await openEmbeddedPostgres(folder)
  let lost = 0
  const client = clientOf(t, embedded.url, { onclose: () => lost++ })
  await client`select 1`
  await embedded.close()
  await t.rejects(client`select 1`, 'nobody is there any more')
  t.equal(lost > 0, true)
})
