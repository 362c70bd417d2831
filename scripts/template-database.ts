import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import postgres from 'postgres'
import { migrate } from '../src/db/migrate.ts'
import { DATA_FOLDER } from './dev-settings.ts'
import { openEmbeddedPostgres } from './embedded-postgres.ts'

/** A migrated, empty database for this run; each test process copies it for itself (test/database.ts). */
export interface TemplateDatabase {
  description: string
  /** `postgres://…` of a database, or the folder of an embedded one. */
  source: string
  drop(): Promise<void>
}

/** Creates a template database on the server of DATABASE_URL, on one at 127.0.0.1:5432, or embedded. */
export async function templateDatabase(): Promise<TemplateDatabase> {
  return (await serverDatabase()) ?? (await embedded())
}

/** Creates one on a server only, undefined if there is none. Another revision of the service passes its own migrations. */
export async function serverDatabase(
  bringUp: (url: string) => Promise<void> = migrate
): Promise<TemplateDatabase | undefined> {
  const url = process.env.DATABASE_URL || 'postgres://postgres:postgres@127.0.0.1:5432/postgres'
  const client = postgres(url, { max: 1, connect_timeout: 2, onnotice: () => {} })
  const version = await client`select current_setting('server_version') as version`.then(
    ([row]) => String(row?.version).split(' ')[0],
    (error: unknown) => {
      // Anyone who named a server wants that one.
      if (process.env.DATABASE_URL)
        throw new Error(`PostgreSQL does not answer at ${new URL(url).host} (DATABASE_URL).`, {
          cause: error
        })
    }
  )
  if (!version) return void (await client.end())

  // Test processes append their own name to it, and killed ones leave their copies behind.
  const name = `citizen_auth_test_${randomBytes(4).toString('hex')}`
  await client.unsafe(`create database ${name}`)
  const source = Object.assign(new URL(url), { pathname: `/${name}` }).href
  const drop = async () => {
    for (const {
      datname
    } of await client`select datname from pg_database where starts_with(datname, ${name})`) {
      await client.unsafe(`drop database if exists ${datname} with (force)`)
    }
    await client.end()
  }
  await bringUp(source).catch(async (error: unknown) => {
    await drop()
    throw error
  })
  return { description: `PostgreSQL ${version} at ${new URL(url).host}`, source, drop }
}

async function embedded(): Promise<TemplateDatabase> {
  // Absolute and random: tests may run in another folder, and a process may need several databases (npm run mutation).
  const folder = resolve(DATA_FOLDER, `test-${randomBytes(4).toString('hex')}`)
  const { url, close } = await openEmbeddedPostgres(`${folder}/template`)
  await migrate(url)
  await close()
  return {
    description: 'PGlite (no PostgreSQL answered)',
    source: `${folder}/template`,
    drop: () => rm(folder, { recursive: true })
  }
}
