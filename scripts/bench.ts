import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import autocannon from 'autocannon'
import { Redis } from 'ioredis'
import { connect } from '../src/db/client.ts'
import { insertDepartment } from '../src/db/departments.ts'
import { insertStaff } from '../src/db/staff.ts'
import { hashPassword } from '../src/password.ts'
import { DATA_FOLDER } from './dev-settings.ts'
import { findRedis } from './find-redis.ts'
import { templateDatabase } from './template-database.ts'

// Requests per second of every call against the built server (`npm run build` first), on real stores, side by side with
// the cheapest call there is. Figures of one run compare with each other, not with another machine's.
const CONNECTIONS = 50
const CITIZENS = 10_000
/** More than connections: a number's password is tried once at a time. */
const STAFF = 200
const URL = 'http://127.0.0.1:3111'
const KEY_PREFIX = `bench:${process.pid}:`
const SMS_FILE = `${DATA_FOLDER}/bench-sms.jsonl`

const redis = await findRedis()
const database = await templateDatabase()
if (!database.source.startsWith('postgres'))
  throw new Error('The benchmark needs a PostgreSQL server: set DATABASE_URL.')
const phones = Array.from({ length: CITIZENS }, (_, i) => `+99890${String(i).padStart(7, '0')}`)
const staff = Array.from({ length: STAFF }, (_, i) => ({
  phone_number: `+99891${String(i).padStart(7, '0')}`,
  password: 'bog tulpor yomgir 7'
}))
await createStaff()
const server = await startServer()
try {
  await run('GET  /health/live', { url: '/health/live', duration: 5 })
  await run(
    'POST send-otp',
    each('/api/auth/send-otp/', (i) => ({ phone_number: phones[i] }))
  )
  await run('POST verify-otp, first', each('/api/auth/verify-otp/', signIn(codes())))
  await wait(1_100)
  await run(
    'POST send-otp, again',
    each('/api/auth/send-otp/', (i) => ({ phone_number: phones[i] }))
  )
  const tokens: string[] = []
  const keep = (reply: string) => tokens.push(JSON.parse(reply).refresh)
  await run('POST verify-otp, known', each('/api/auth/verify-otp/', signIn(codes()), keep))
  for (const which of ['current', 'parent']) {
    await run(
      `POST refresh, ${which}`,
      each('/api/auth/refresh/', (i) => ({ refresh: tokens[i] }))
    )
  }
  const staffLogins = each('/api/auth/staff-login/', (i) => staff[i % STAFF] ?? {})
  await run('POST staff-login', { ...staffLogins, amount: 2 * STAFF })
  const { access } = await signInStaff()
  const headers = { authorization: `Bearer ${access}`, 'content-type': 'application/json' }
  await run('GET  me', { url: '/api/users/me/', headers, duration: 5 })
  const profile = { method: 'PATCH' as const, url: '/api/users/profile/', headers }
  await run('PATCH profile', { ...profile, body: '{"full_name":"Ali"}', duration: 5 })
} finally {
  server.kill('SIGTERM')
  await once(server, 'exit')
  await database.drop()
  await dropKeys()
  await redis.close()
  rmSync(SMS_FILE, { force: true })
}

async function run(name: string, options: Omit<autocannon.Options, 'url'> & { url: string }): Promise<void> {
  const { url, ...rest } = options
  const result = await autocannon({ connections: CONNECTIONS, ...rest, url: URL + url })
  const refused = result.non2xx + result.errors
  const rate = Math.round(result['2xx'] / result.duration)
  process.stdout.write(
    `${name.padEnd(24)} ${String(rate).padStart(7)}/s   p50 ${result.latency.p50} ms   p99 ${result.latency.p99} ms` +
      `${refused > 0 ? `   ${refused} refused` : ''}\n`
  )
}

function post(url: string, body: object) {
  return {
    url,
    method: 'POST' as const,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body)
  }
}

/** One request for each citizen. */
function each(url: string, body: (citizen: number) => object, keep?: (reply: string) => void) {
  let citizen = 0
  const onResponse = (_status: number, reply: string) => keep?.(reply)
  const setupRequest = (request: autocannon.Request) => ({
    ...request,
    body: JSON.stringify(body(citizen++ % CITIZENS))
  })
  return { ...post(url, {}), amount: CITIZENS, requests: [{ setupRequest, onResponse }] }
}

function signIn(codeOf: Map<string, string>) {
  return (citizen: number) => {
    const phone = phones[citizen] ?? ''
    return { phone_number: phone, code: codeOf.get(phone) }
  }
}

/** The last code sent to each number. */
function codes(): Map<string, string> {
  const lines = readFileSync(SMS_FILE, 'utf8').trimEnd().split('\n')
  const messages = lines.map((line): { to: string; text: string } => JSON.parse(line))
  return new Map(messages.map(({ to, text }) => [to, /\d{4}/.exec(text)?.[0] ?? '']))
}

async function createStaff(): Promise<void> {
  const { db, close } = connect({ url: database.source, poolMax: 1, timeoutMs: 5_000 })
  const department = await insertDepartment(db, 'Benchmark')
  const fields = { fullName: 'Benchmark', departmentId: department?.id ?? '' }
  const passwordHash = await hashPassword(staff[0]?.password ?? '')
  for (const { phone_number: phone } of staff) await insertStaff(db, { ...fields, phone, passwordHash })
  await close()
}

async function signInStaff(): Promise<{ access: string }> {
  const { url, ...request } = post('/api/auth/staff-login/', staff[0] ?? {})
  return (await (await fetch(URL + url, request)).json()) as { access: string }
}

async function dropKeys(): Promise<void> {
  const client = new Redis(redis.url)
  for await (const keys of client.scanStream({ match: `${KEY_PREFIX}*`, count: 1_000 })) {
    if (keys.length > 0) await client.unlink(keys)
  }
  client.disconnect()
}

async function startServer(): Promise<ChildProcess> {
  mkdirSync(DATA_FOLDER, { recursive: true })
  rmSync(SMS_FILE, { force: true })
  const child = spawn(process.execPath, ['dist/server.js'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      PORT: '3111',
      HOST: '127.0.0.1',
      LOG_LEVEL: 'warn',
      DATABASE_URL: database.source,
      REDIS_URL: redis.url,
      REDIS_KEY_PREFIX: KEY_PREFIX,
      JWT_SECRET: 'a secret of the benchmark that signs the tokens',
      OTP_SECRET: 'a secret of the benchmark that keys the digests',
      OTP_RESEND_SECONDS: '1',
      REFRESH_GRACE_SECONDS: '300',
      RATE_LIMIT_MAX: '1000000000',
      ADDRESS_FAILURES_PER_DAY: '1000000',
      ADDRESS_SENDS_PER_HOUR: '1000000',
      ADDRESS_NUMBERS_PER_HOUR: '1000000',
      PASSWORD_HASH_QUEUE_MAX: '1000',
      LOGIN_MAX_FAILURES_PER_ADDRESS: '1000000',
      SMS_MOCK_FILE: SMS_FILE
    }
  })
  while (!(await fetch(`${URL}/health/live`).catch(() => undefined))?.ok) await wait(100)
  return child
}
