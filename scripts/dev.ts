import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { Readable, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { manage } from '../src/manage/index.ts'
import { DATA_FOLDER, type DevSettings, devKeys, devSettings, loadDotEnv } from './dev-settings.ts'
import { openEmbeddedPostgres } from './embedded-postgres.ts'
import { findRedis } from './find-redis.ts'

loadDotEnv()
if (process.env.NODE_ENV === 'production')
  fail('npm run dev opens every account; it does not run in production.')

const { demoStaff, OTP_SECRET } = devSettings()
const redis = await findRedis().catch(fail)
const postgres = process.env.DATABASE_URL
  ? { url: process.env.DATABASE_URL, close: async () => {} }
  : await openEmbeddedPostgres(`${DATA_FOLDER}/postgres`).catch(fail)

// Hears from each server that it started (scripts/dev-server.ts): the port may answer for another program.
const ear = createServer({ allowHalfOpen: false }).listen(0, '127.0.0.1')
await once(ear, 'listening')

const env = {
  NODE_ENV: 'development',
  HOST: '127.0.0.1',
  PORT: '3000',
  // No balancer has to learn that a server restarts.
  DRAIN_SECONDS: '0',
  // Nobody guesses here.
  REDIS_ALLOW_EVICTION: 'true',
  OTP_SECRET,
  ...(!process.env.JWT_SECRET && { JWT_KEYS: await devKeys() }),
  // An empty line in .env (`JWT_SECRET=`) means: not set.
  ...Object.fromEntries(Object.entries(process.env).filter(([, value]) => value)),
  DEBUG: 'true',
  DATABASE_URL: postgres.url,
  REDIS_URL: redis.url,
  DEV_EAR: String((ear.address() as AddressInfo).port)
}
const migrated = await operate(['migrate'])
if (migrated.code !== 0) fail(migrated.output)
await addDemoStaff(demoStaff)

const server = spawn('tsx', ['watch', '--clear-screen=false', 'scripts/dev-server.ts'], {
  env,
  stdio: 'inherit'
})
const stop = () => server.kill('SIGTERM')
process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop)
ear.once('connection', async (first) => {
  const address = await text(first).catch(() => '')
  if (address) return greet(address)
  // It has said why itself; the watcher would wait for a change that mends nothing.
  process.exitCode = 1
  stop()
})
await once(server, 'exit')
ear.close()
await postgres.close()
await redis.close()

/** Runs the operator's command as a person would; gives what it printed. */
async function operate(argv: string[], input = ''): Promise<{ code: number; output: string }> {
  let output = ''
  const sink = new Writable({
    write(text, _encoding, done) {
      output += text
      done()
    }
  })
  const code = await manage(argv, env, { stdin: Readable.from([input]), stdout: sink, stderr: sink })
  return { code, output }
}

async function addDemoStaff({ phone, password, name, department }: DevSettings['demoStaff']): Promise<void> {
  await operate(['department', 'add', department])
  const added = await operate(['staff', 'add', phone, '--name', name, '--department', department], password)
  if (added.code === 0) return
  // Staff already: what is printed must open the door.
  const { code, output } = await operate(['staff', 'set-password', phone], password)
  if (code !== 0) fail(output)
}

function greet(url: string): void {
  process.stdout.write(`
  citizen-auth   ${url}   the page: a phone, and each step (DEBUG: the code 1111 signs in any number)
  API document   ${url}/docs
  Demo staff     ${demoStaff.phone}   password ${demoStaff.password}
  PostgreSQL     ${process.env.DATABASE_URL ? 'DATABASE_URL' : `embedded, in ${DATA_FOLDER}/postgres`}
  Redis          ${redis.version} at ${new URL(redis.url).host}

`)
}

function fail(problem: string | Error): never {
  process.stderr.write(`${problem instanceof Error ? problem.message : problem}\n`)
  process.exit(1)
}
