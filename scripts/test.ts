import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import postgres from 'postgres'
import { migrate } from '../src/db/migrate.ts'
import { DATA_FOLDER, loadDotEnv } from './dev-settings.ts'
import { openEmbeddedPostgres } from './embedded-postgres.ts'
import { findRedis } from './find-redis.ts'

/** A migrated database that each test process copies for itself (test/database.ts). */
interface Template {
  description: string
  /** `postgres://…` of a database, or the folder of an embedded one. */
  source: string
  drop(): Promise<void>
}

loadDotEnv()
const redis = await findRedis()
const template = (await serverTemplate()) ?? (await embeddedTemplate())
process.stdout.write(
  `Tests run on Redis ${redis.version} at ${new URL(redis.url).host} and ${template.description}.\n`
)

const tap = spawn('tap', process.argv.slice(2), {
  stdio: 'inherit',
  env: { ...process.env, TEST_REDIS_URL: redis.url, TEST_DATABASE_TEMPLATE: template.source }
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => tap.kill(signal))
const [code] = await once(tap, 'exit')
await template.drop()
await redis.close()
process.exitCode = code ?? 1

async function serverTemplate(): Promise<Template | undefined> {
  const url = process.env.DATABASE_URL ?? 'postgres://postgres:postgres@127.0.0.1:5432/postgres'
  const client = postgres(url, { max: 1, connect_timeout: 2, onnotice: () => {} })
  const name = `citizen_auth_test_${process.pid}`
  try {
    const [row] = await client`select current_setting('server_version') as version`
    await client.unsafe(`create database ${name}`)
    const source = Object.assign(new URL(url), { pathname: `/${name}` }).href
    await migrate(source)
    return {
      description: `PostgreSQL ${row?.version.split(' ')[0]} at ${new URL(url).host}`,
      source,
      // Test processes that were killed leave their copies, which carry the same name in front.
      drop: async () => {
        for (const {
          datname
        } of await client`select datname from pg_database where starts_with(datname, ${name})`) {
          await client.unsafe(`drop database if exists ${datname} with (force)`)
        }
        await client.end()
      }
    }
  } catch (error) {
    await client.end()
    // Whoever named a server wants that one.
    if (process.env.DATABASE_URL) throw error
    return undefined
  }
}

async function embeddedTemplate(): Promise<Template> {
  const folder = `${DATA_FOLDER}/test-${process.pid}`
  const embedded = await openEmbeddedPostgres(`${folder}/template`)
  await migrate(embedded.url)
  await embedded.close()
  return {
    description: 'PGlite (no PostgreSQL answered)',
    source: `${folder}/template`,
    drop: () => rm(folder, { recursive: true })
  }
}
