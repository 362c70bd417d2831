import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { CommanderError } from 'commander'
import { loadOperatorConfig } from '../src/config/load.ts'
import type { Environment } from '../src/config/settings.ts'
import { type DevArguments, devArguments } from './dev-arguments.ts'
import { citizenLine, clerkLine, line, phoneLines } from './dev-greeting.ts'
import { singleInstance } from './dev-instance.ts'
import { operate, seedCitizen, seedStaff } from './dev-seeds.ts'
import { DATA_FOLDER, devKeys, devSettings, loadDotEnv } from './dev-settings.ts'
import { openEmbeddedPostgres } from './embedded-postgres.ts'
import { findRedis } from './find-redis.ts'

loadDotEnv()
if (process.env.NODE_ENV === 'production')
  fail('npm run dev opens every account; it does not run in production.')

const { demoStaff, secondStaff, OTP_SECRET } = devSettings()
const wanted = readArguments()
const postgresFolder = `${DATA_FOLDER}/postgres`
const instance = await singleInstance(process.env.DATABASE_URL || resolve(postgresFolder)).catch(fail)
if (!instance.isFirst) {
  await seedBeside(instance.address).catch(fail)
  process.exit(0)
}
process.once('exit', instance.close)
const redis = await findRedis().catch(fail)
const postgres = await openPostgres({ join: false }).catch(fail)

// Each server reports here that it has started (scripts/dev-server.ts): another program may answer on the port.
const ear = createServer({ allowHalfOpen: false }).listen(0, '127.0.0.1')
await once(ear, 'listening')

const env = {
  NODE_ENV: 'development',
  HOST: '127.0.0.1',
  PORT: '3000',
  // There is no balancer that must notice a restart.
  DRAIN_SECONDS: '0',
  // An evicted counter is a free guess, which does no harm on a developer's machine.
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
const migrated = await operate(env, ['migrate'])
if (migrated.code !== 0) fail(migrated.output)
await seedStaff(env, demoStaff).catch(fail)

const server = spawn('tsx', ['watch', '--clear-screen=false', 'scripts/dev-server.ts'], {
  env,
  stdio: 'inherit'
})
const stop = () => server.kill('SIGTERM')
process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop)
ear.once('connection', async (first) => {
  const address = await text(first).catch(() => '')
  // The server has said why itself; the watcher would wait for a change that fixes nothing.
  if (!address) return giveUp('')
  try {
    greet(address, await seed(address, env))
    instance.serve(address)
  } catch (error) {
    giveUp(`${error instanceof Error ? error.message : error}\n`)
  }
})
await once(server, 'exit')
ear.close()
await postgres.close()
await redis.close()

function readArguments(): DevArguments {
  try {
    // Only the phone settings are read: the database is not up yet.
    const { phone } = loadOperatorConfig({ ...process.env, DATABASE_URL: 'postgres://localhost/none' })
    const wanted = devArguments(process.argv.slice(2), phone.countries)
    const clerk = [demoStaff, secondStaff].find(({ phone }) => wanted.phone.includes(phone))
    if (clerk) fail(`${clerk.phone} is the number of a demo clerk; take another one.`, 2)
    return wanted
  } catch (error) {
    // commander has already printed it.
    if (error instanceof CommanderError) process.exit(error.exitCode && 2)
    return fail(`${error instanceof Error ? error.message : error}`)
  }
}

async function openPostgres(how: { join: boolean }) {
  const { DATABASE_URL } = process.env
  return DATABASE_URL
    ? { url: DATABASE_URL, close: async () => {} }
    : await openEmbeddedPostgres(postgresFolder, how)
}

/** In a second terminal, seeds the instance that is already running instead of starting another. */
async function seedBeside(address: string): Promise<void> {
  if (!address) throw new Error('npm run dev is starting in another terminal.')
  const running = `npm run dev runs already, in another terminal: ${address}`
  if (!wanted.staff && wanted.phone.length === 0)
    throw new Error(`${running}
Another one beside it needs a DATABASE_URL and a PORT of its own.`)
  const { url, close } = await openPostgres({ join: true })
  const seeded = await seed(address, { ...process.env, DATABASE_URL: url }).finally(close)
  process.stdout.write(`${[running, ...seeded].join('\n')}\n`)
}

/** Seeds what was asked for; returns the lines that say who can sign in now. */
async function seed(address: string, env: Environment): Promise<string[]> {
  if (wanted.staff) await seedStaff(env, secondStaff)
  const seeded = wanted.staff ? [clerkLine('Second staff', secondStaff)] : []
  for (const phone of wanted.phone) seeded.push(citizenLine(await seedCitizen(address, phone)))
  return seeded
}

function greet(url: string, seeded: string[]): void {
  const lines = [
    line(
      'citizen-auth',
      `${url}   the page: a phone, and each step (DEBUG: the code 1111 signs in any number)`
    ),
    line('API document', `${url}/docs`),
    clerkLine('Demo staff', demoStaff),
    ...seeded,
    ...phoneLines(env.HOST, url),
    line('PostgreSQL', process.env.DATABASE_URL ? 'DATABASE_URL' : `embedded, in ${postgresFolder}`),
    line('Redis', `${redis.version} at ${new URL(redis.url).host}`)
  ]
  process.stdout.write(`\n${lines.join('\n')}\n\n`)
}

/** Prints the problem and stops the server; this process ends with it. */
function giveUp(problem: string): void {
  process.stderr.write(problem)
  process.exitCode = 1
  stop()
}

function fail(problem: string | Error, code = 1): never {
  process.stderr.write(`${problem instanceof Error ? problem.message : problem}\n`)
  process.exit(code)
}
