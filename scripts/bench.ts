import { setTimeout as wait } from 'node:timers/promises'
import { connect } from '../src/db/client.ts'
import { insertDepartment } from '../src/db/departments.ts'
import { insertStaff } from '../src/db/staff.ts'
import { hashPassword } from '../src/passwords/hash.ts'
import { each, type Load, load, phoneNumbers, post } from './bench/load.ts'
import { dropKeys, startServer } from './bench/server.ts'
import { findRedis } from './find-redis.ts'
import { templateDatabase } from './template-database.ts'

// Requests per second of every call against the built server (`npm run build` first), on real stores, side by side with
// the cheapest call there is. Figures of one run compare with each other, not with another machine's.
const CITIZENS = 10_000
/** More than connections: a number's password is tried once at a time. */
const STAFF = 200
const KEY_PREFIX = `bench:${process.pid}:`

const redis = await findRedis()
const database = await templateDatabase()
if (!database.source.startsWith('postgres'))
  throw new Error('The benchmark needs a PostgreSQL server: set DATABASE_URL.')
const phones = phoneNumbers(CITIZENS)
const staff = Array.from({ length: STAFF }, (_, i) => ({
  phone_number: `+99891${String(i).padStart(7, '0')}`,
  password: 'bog tulpor yomgir 7'
}))
await createStaff()
const server = await startServer({
  databaseUrl: database.source,
  redisUrl: redis.url,
  keyPrefix: KEY_PREFIX
})
try {
  await run('GET  /health/live', { url: '/health/live', duration: 5 })
  const sendOtp = () => each('/api/auth/send-otp/', CITIZENS, (i) => ({ phone_number: phones[i] }))
  await run('POST send-otp', sendOtp())
  await run('POST verify-otp, first', each('/api/auth/verify-otp/', CITIZENS, signIn(server.codes())))
  await wait(1_100)
  await run('POST send-otp, again', sendOtp())
  const tokens: string[] = []
  const keep = (reply: string) => tokens.push(JSON.parse(reply).refresh)
  await run('POST verify-otp, known', each('/api/auth/verify-otp/', CITIZENS, signIn(server.codes()), keep))
  for (const which of ['current', 'parent']) {
    await run(
      `POST refresh, ${which}`,
      each('/api/auth/refresh/', CITIZENS, (i) => ({ refresh: tokens[i] }))
    )
  }
  const staffLogins = each('/api/auth/staff-login/', 2 * STAFF, (i) => staff[i % STAFF] ?? {})
  await run('POST staff-login', staffLogins)
  const { access } = await signInStaff()
  const headers = { authorization: `Bearer ${access}`, 'content-type': 'application/json' }
  await run('GET  me', { url: '/api/users/me/', headers, duration: 5 })
  const profile = { method: 'PATCH' as const, url: '/api/users/profile/', headers }
  await run('PATCH profile', { ...profile, body: '{"full_name":"Ali"}', duration: 5 })
} finally {
  await server.stop()
  await database.drop()
  await dropKeys(redis.url, KEY_PREFIX)
  await redis.close()
}

async function run(name: string, options: Load): Promise<void> {
  const { perSecond, latency, refused } = await load(server.url, options)
  process.stdout.write(
    `${name.padEnd(24)} ${String(perSecond).padStart(7)}/s   p50 ${latency.p50} ms   p99 ${latency.p99} ms` +
      `${refused && `   ${refused}`}\n`
  )
}

function signIn(codeOf: Map<string, string>) {
  return (citizen: number) => {
    const phone = phones[citizen] ?? ''
    return { phone_number: phone, code: codeOf.get(phone) }
  }
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
  return (await (await fetch(server.url + url, request)).json()) as { access: string }
}
