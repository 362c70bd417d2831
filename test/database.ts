import { randomUUID } from 'node:crypto'
import { cp, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import postgres from 'postgres'
import t from 'tap'
import { openEmbeddedPostgres } from '../scripts/embedded-postgres.ts'
import { connect, type Db } from '../src/db/client.ts'

const template = process.env.TEST_DATABASE_TEMPLATE
if (!template) throw new Error('Run the tests with `npm test`, which finds Redis and PostgreSQL for them.')

/** In embedded PostgreSQL all connections share one session, so none can wait for another. */
export const isEmbedded = !template.startsWith('postgres')

/** A migrated database for this test process only, dropped when the process ends. */
export const databaseUrl = await (isEmbedded ? copyEmbedded(template) : copyOnServer(template))

const { db, close } = connect({ url: databaseUrl, poolMax: 2, timeoutMs: 5_000 })
t.teardown(close)

export type { Db }
/** For tests that look behind the API. */
export { db }

async function copyOnServer(source: string): Promise<string> {
  const original = new URL(source).pathname.slice(1)
  const copy = `${original}_${randomUUID().slice(0, 8)}`
  const admin = postgres(Object.assign(new URL(source), { pathname: '/postgres' }).href, {
    max: 1,
    onnotice: () => {}
  })
  await admin.unsafe(`create database ${copy} template ${original}`)
  t.teardown(async () => {
    await admin.unsafe(`drop database ${copy} with (force)`)
    await admin.end()
  })
  return Object.assign(new URL(source), { pathname: `/${copy}` }).href
}

async function copyEmbedded(source: string): Promise<string> {
  const copy = `${dirname(source)}/${randomUUID()}`
  await cp(source, copy, { recursive: true })
  const embedded = await openEmbeddedPostgres(copy)
  t.teardown(async () => {
    await embedded.close()
    await rm(copy, { recursive: true })
  })
  return embedded.url
}
