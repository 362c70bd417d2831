import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import postgres from 'postgres'
import type { Test } from 'tap'
import { openEmbeddedPostgres } from '../../scripts/embedded-postgres.ts'

const template = process.env.TEST_DATABASE_TEMPLATE ?? ''

/** A database without tables, dropped when the test ends; of the kind that the other tests use. */
export async function emptyDatabase(t: Test): Promise<string> {
  return template.startsWith('postgres') ? createOnServer(t) : createEmbedded(t)
}

async function createOnServer(t: Test): Promise<string> {
  const at = (pathname: string) => Object.assign(new URL(template), { pathname }).href
  // Databases named after the template are dropped at the end, even if this process is killed.
  const name = `${new URL(template).pathname.slice(1)}_${randomUUID().slice(0, 8)}`
  const admin = postgres(at('/postgres'), { max: 1, onnotice: () => {} })
  await admin.unsafe(`create database ${name}`)
  t.teardown(async () => {
    await admin.unsafe(`drop database ${name} with (force)`)
    await admin.end()
  })
  return at(`/${name}`)
}

async function createEmbedded(t: Test): Promise<string> {
  const folder = `${dirname(template)}/${randomUUID()}`
  const embedded = await openEmbeddedPostgres(folder)
  t.teardown(async () => {
    await embedded.close()
    await rm(folder, { recursive: true })
  })
  return embedded.url
}
