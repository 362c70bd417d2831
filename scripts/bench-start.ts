import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { findRedis } from './find-redis.ts'
import { templateDatabase } from './template-database.ts'

// How long the built service (`npm run build` first) takes from nothing to its first answer, beside a bare Fastify on the same
// drivers, in turn, so that a busy machine slows both alike. Medians.
const ROUNDS = Number(process.argv[2] ?? 15)
const PROGRAMS = { service: 'dist/bin/server.js', bare: 'scripts/bench/bare.js' }
const CPU =
  'process.once("exit",()=>{const{user,system}=process.cpuUsage();console.log("cpu",(user+system)/1e3)})'

const redis = await findRedis()
const database = await templateDatabase()
const env = {
  PATH: process.env.PATH,
  HOST: '127.0.0.1',
  PORT: '0',
  DATABASE_URL: database.source,
  REDIS_URL: redis.url,
  REDIS_KEY_PREFIX: `bench:${process.pid}:`,
  JWT_SECRET: 'a secret of the benchmark that signs the tokens',
  OTP_SECRET: 'a secret of the benchmark that keys the digests'
}
const found = { service: [await start('service')], bare: [await start('bare')] }
for (let round = 0; round < ROUNDS; round += 1)
  for (const name of ['service', 'bare'] as const) found[name].push(await start(name))
for (const what of ['wall', 'cpu'] as const) {
  const [service, bare] = (['service', 'bare'] as const).map((name) =>
    median(found[name].slice(1).map((run) => run[what]))
  )
  process.stdout.write(
    `${what} ms: service ${service}, bare ${bare}, ratio ${((service ?? 0) / (bare ?? 1)).toFixed(2)}\n`
  )
}
await database.drop()
await redis.close()

/** Milliseconds until the first 200, and of the processor until the end. */
async function start(name: keyof typeof PROGRAMS): Promise<{ wall: number; cpu: number }> {
  const from = performance.now()
  const child = spawn(process.execPath, ['--import', `data:text/javascript,${CPU}`, PROGRAMS[name]], {
    env,
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const ended = once(child, 'exit')
  const run = { wall: 0, cpu: 0 }
  for await (const line of createInterface(child.stdout)) {
    const url = /listening at (http[^"]+)"/.exec(line)?.[1]
    if (url && (await fetch(`${url}/health/live`)).ok) {
      run.wall = performance.now() - from
      child.kill('SIGTERM')
    }
    run.cpu = Number(/^cpu (.+)/.exec(line)?.[1] ?? run.cpu)
  }
  await ended
  if (!run.wall) throw new Error(`${PROGRAMS[name]} does not start`)
  return run
}

function median(values: number[]): number {
  return Math.round(values.sort((a, b) => a - b)[values.length >> 1] ?? 0)
}
