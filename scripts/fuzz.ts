import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { Redis } from 'ioredis'
import { loadConfig } from '../src/config/load.ts'
import { findRedis } from './find-redis.ts'
import { fuzzSettings } from './fuzz/accounts.ts'
import { fuzz, megabytes } from './fuzz/run.ts'
import { onlyLoopback } from './loopback.ts'
import { templateDatabase } from './template-database.ts'

// Sends generated requests to every path of the API document: `npm run fuzz -- --requests 100000 --seed 1`. Exits with 1 when
// the document does not allow a reply, when a promise rejection is unhandled, or when memory grows.
const { values } = parseArgs({
  options: { requests: { type: 'string', default: '100000' }, seed: { type: 'string' } }
})
const requests = Number(values.requests)
const seed = Number(values.seed ?? randomInt(1_000_000))
/** How much the heap may grow between a fifth of the requests and all of them (bytes). */
const GROWTH_BYTES = 8 * 2 ** 20

for (const url of [process.env.REDIS_URL, process.env.DATABASE_URL]) if (url) onlyLoopback(url)
const found = await findRedis()
const database = await templateDatabase()
const REDIS_KEY_PREFIX = `fuzz:${process.pid}:`
const config = loadConfig({
  ...fuzzSettings,
  ...{ DATABASE_URL: database.source, REDIS_URL: found.url, REDIS_KEY_PREFIX },
  JWT_SECRET: 'a secret of the fuzz that signs the tokens',
  OTP_SECRET: 'a secret of the fuzz that keys the digests'
})
const say = (line: string) => process.stderr.write(`${line}\n`)

say(`seed ${seed}`)
const began = performance.now()
const report = await fuzz(config, { requests, seed, say }).finally(forget)
const seconds = (performance.now() - began) / 1_000

for (const [call, counts] of [...report.replies].sort()) {
  const statuses = [...counts].sort().map(([status, count]) => `${status}: ${count}`)
  process.stdout.write(`${call.padEnd(20)} ${statuses.join('  ')}\n`)
}
const growth = (report.heap.at(-1) ?? 0) - (report.heap[0] ?? 0)
if (growth > GROWTH_BYTES) report.findings.push(`the heap grew by ${megabytes(growth)} MB`)
for (const finding of report.findings) process.stdout.write(`\n${finding}\n`)
process.stdout.write(
  `\n${report.requests} requests in ${seconds.toFixed(0)} s, seed ${seed}: ${report.findings.length} findings, heap ${megabytes(growth)} MB more\n`
)
if (report.findings.length > 0) process.exitCode = 1

async function forget(): Promise<void> {
  const redis = new Redis(found.url)
  for await (const keys of redis.scanStream({ match: `${REDIS_KEY_PREFIX}*`, count: 1_000 })) {
    if (keys.length > 0) await redis.unlink(keys)
  }
  redis.disconnect()
  await database.drop()
  await found.close()
}
