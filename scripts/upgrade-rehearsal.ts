import { setTimeout as wait } from 'node:timers/promises'
import postgres from 'postgres'
import { migrate as migrateThis } from '../src/db/migrate.ts'
import { checkOut, migrate, presentTree } from './bench/revision.ts'
import { startServer } from './bench/server.ts'
import { privateRedis } from './find-redis.ts'
import { createCitizens, openPhones } from './rehearsal/citizens.ts'
import { serverDatabase } from './template-database.ts'

// Runs two versions at once on the same stores, with the migration between them, while citizens switch from one to the other:
//   npm run rehearse:upgrade -- REVISION
const [revision = 'HEAD~1'] = process.argv.slice(2)
const CITIZENS = 16
const PHASE_MS = 10_000

/** Changes that a next version may make: none of them gets in the way of the version before (docs/upgrades.md). */
const EXPANSION = [
  'alter table users add column rehearsed_at timestamptz',
  'alter table sessions add column rehearsed boolean not null default false',
  'create table rehearsals (id uuid primary key default gen_random_uuid(), user_id uuid references users (id) on delete cascade)',
  'create index concurrently if not exists sessions_rehearsed on sessions (refreshed_at)',
  'create index if not exists sessions_rehearsed on sessions (refreshed_at)'
]

const undo: (() => unknown)[] = []
let failed = 0
try {
  const phones = await openPhones()
  undo.push(phones.close)
  // `startServer` passes this process's environment on.
  Object.assign(process.env, phones.settings)
  const [old, present] = [checkOut(revision, undo as (() => void)[]), presentTree()]
  const redis = await privateRedis()
  undo.push(redis.close)
  const database = await serverDatabase(async (url) => migrate(old, url))
  if (!database) throw new Error('The rehearsal needs a PostgreSQL server: set DATABASE_URL.')
  undo.push(database.drop)
  const start = async (tree: typeof old) => {
    const server = await startServer(tree, database.source, redis.url)
    undo.push(server.stop)
    return server
  }
  const { live } = createCitizens(phones.codes)
  process.stdout.write(`${old.name} gives way to ${present.name} on ${database.description}\n\n`)

  const before = await start(old)
  await phase(`${old.name} alone`, [before.url])
  await phase(`${old.name} alone, while the database is migrated`, [before.url], async () => {
    await migrateThis(database.source, { lockTimeoutMs: 2_000 })
    await expand(database.source)
  })
  const after = await start(present)
  await phase(`${old.name} and ${present.name}`, [before.url, after.url])
  await phase(`${present.name} alone, while ${old.name} stops`, [after.url], before.stop)
  const back = await start(old)
  await phase(`taken back: ${old.name} beside ${present.name}`, [back.url, after.url])
  await phase(`${old.name} alone, while ${present.name} stops`, [back.url], after.stop)

  /** Lets citizens live for as long as the work takes, and at least PHASE_MS. */
  async function phase(name: string, servers: string[], work: () => Promise<unknown> = async () => {}) {
    let [isOver, requests] = [false, 0]
    const failures: string[] = []
    const citizens = Array.from({ length: CITIZENS }, async () => {
      while (!isOver)
        await live(servers, (failure) => {
          requests += 1
          if (failure) failures.push(failure)
        })
    })
    await Promise.all([work(), wait(PHASE_MS)])
    isOver = true
    await Promise.all(citizens)
    failed += failures.length
    process.stdout.write(
      `${name.padEnd(52)} ${String(requests).padStart(6)} requests ${failures.length} failed\n`
    )
    for (const failure of new Set(failures)) process.stdout.write(`    ${failure}\n`)
  }
} finally {
  for (const end of undo.reverse()) await end()
}
process.stdout.write(`\n${failed} failed\n`)
process.exitCode = failed === 0 ? 0 : 1

async function expand(url: string): Promise<void> {
  const client = postgres(url, { max: 1, onnotice: () => {} })
  try {
    for (const statement of ['set lock_timeout = 2000', ...EXPANSION]) await client.unsafe(statement)
  } finally {
    await client.end()
  }
}
