import { parseArgs } from 'node:util'
import postgres from 'postgres'
import { interruption } from './bench/interruption.ts'
import { checkOut, migrate, presentTree } from './bench/revision.ts'
import { rollingRestart } from './faults/rolling-restart.ts'
import { privateRedis } from './find-redis.ts'
import { onlyLoopback } from './loopback.ts'
import { serverDatabase } from './template-database.ts'
import type { Undo } from './undo.ts'

// Restarts two built processes behind a balancer, four times by default, under load: no request may fail.
const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '8000' },
    restarts: { type: 'string', default: '4' },
    drain: { type: 'string', default: '2' },
    of: { type: 'string', default: '' }
  }
})
const undo: Undo = []
await restartUnderLoad().catch(fail)
for (const step of undo.reverse()) await Promise.resolve().then(step).catch(fail)

async function restartUnderLoad(): Promise<void> {
  if (process.env.DATABASE_URL) onlyLoopback(process.env.DATABASE_URL)
  const tree = values.of ? checkOut(values.of, undo) : presentTree()
  const { url: redisUrl, close } = await privateRedis()
  undo.push(close)
  const database = await serverDatabase(async (url) => migrate(tree, url))
  if (!database) throw new Error('This needs a PostgreSQL server: set DATABASE_URL.')
  undo.push(database.drop)
  const sql = postgres(database.source, { max: 1 })
  undo.push(() => sql.end())
  const { made, failed } = await rollingRestart({
    ...{ tree, databaseUrl: database.source, redisUrl, sql, undo },
    ...{ requests: Number(values.requests), restarts: Number(values.restarts) },
    drainSeconds: Number(values.drain)
  })
  const lost = [...failed].map(([what, times]) => `${times} x ${what}`).join(', ')
  const total = [...failed.values()].reduce((sum, times) => sum + times, 0)
  process.stdout.write(`${tree.name}: ${total} of ${made} requests failed ${lost}\n`)
  if (total > 0) process.exitCode = 1
}

function fail(error: unknown): void {
  process.exitCode = 1
  process.stderr.write(`${interruption.aborted ? interruption.reason : error}\n`)
}
