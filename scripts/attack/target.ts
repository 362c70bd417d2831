import { Agent, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { buildApp } from '../../src/app.ts'
import { guardPolicy } from '../../src/config/guard-policy.ts'
import { loadConfig } from '../../src/config/load.ts'
import { findRedis } from '../find-redis.ts'
import { onlyLoopback } from '../loopback.ts'
import { templateDatabase } from '../template-database.ts'
import { createClock } from './clock.ts'

const MAX_REQUESTS = 80_000
const MAX_SECONDS = 600

export interface Reply {
  status: number
  code?: string
  retry_after?: number
  attempts_left?: number
  code_length?: number
  device_token?: string
}

/** How the guard has counted one guess: not judged, or judged at a code of this kind. */
export interface Judged {
  reply: Reply
  kind?: 'short' | 'long'
  /** When, by the clock that passes hours at once (ms). */
  at: number
}

export type Target = Awaited<ReturnType<typeof startTarget>>

/**
 * A server of this process on loopback, with a database and Redis keys of its own and with the settings of the
 * environment. Its SMS stay here, X-Forwarded-For gives each attack its addresses, and time passes when it is told to.
 */
export async function startTarget() {
  for (const url of [process.env.REDIS_URL, process.env.DATABASE_URL]) if (url) onlyLoopback(url)
  const found = await findRedis()
  const database = await templateDatabase()
  if (!database.source.startsWith('postgres'))
    throw new Error('The attack needs a PostgreSQL server: set DATABASE_URL.')
  const prefix = `attack:${process.pid}:`
  const config = loadConfig({
    ...process.env,
    ...{ NODE_ENV: 'test', DEBUG: 'false', LOG_LEVEL: 'error', HOST: '127.0.0.1', PORT: '0' },
    ...{ DATABASE_URL: database.source, REDIS_URL: found.url, REDIS_KEY_PREFIX: prefix },
    // A laptop that pauses must not look like an outage.
    ...{
      REDIS_TIMEOUT_MS: '5000',
      BREAKER_CHECK_MS: '10',
      TRUST_PROXY: '127.0.0.1/32',
      PHONE_COUNTRIES: 'UZ'
    },
    ...{ JWT_KEYS: '', JWT_SECRET: 'a secret of the attack that signs the tokens' },
    OTP_SECRET: 'a secret of the attack that keys the digests'
  })
  const codes = new Map<string, string>()
  let sent = 0
  const app = buildApp(config, {
    smsGateway: {
      deliver: async (to, text) => {
        sent++
        codes.set(to, /\b\d{4,8}\b/.exec(text)?.[0] ?? '')
      }
    }
  })
  await app.listen({ host: config.server.host, port: config.server.port })
  const { port } = app.server.address() as AddressInfo
  const agent = new Agent({ keepAlive: true, maxSockets: 40 })
  const redis = new Redis(found.url)
  const clock = createClock(redis, prefix)
  const started = Date.now()
  let requests = 0
  let addresses = 0

  return {
    config,
    policy: guardPolicy(config),
    database: database.source,
    now: clock.now,
    sent: () => sent,
    requests: () => requests,
    seconds: () => (Date.now() - started) / 1_000,
    /** The last code sent to a number. */
    codeOf: (phone: string) => codes.get(phone) ?? '',
    /** A code that is wrong: what is counted must not hang on luck. */
    wrongCodeOf: (phone: string) => wrong(codes.get(phone) ?? '0000'),
    /** An address that nobody has used. */
    newAddress: () => {
      const name = ++addresses
      return `20.${name >> 16}.${(name >> 8) & 255}.${name & 255}`
    },
    ask: (phone: string, address: string, deviceToken?: string) =>
      post('/api/auth/send-otp/', address, { phone_number: phone, device_token: deviceToken }),
    verify: (phone: string, code: string, address: string, deviceToken?: string) =>
      post('/api/auth/verify-otp/', address, { phone_number: phone, code, device_token: deviceToken }),
    login: (phone: string, password: string, address: string) =>
      post('/api/auth/staff-login/', address, { phone_number: phone, password }),
    guess,
    isStrict: () => app.breaker.isStrict(),
    setUsual,
    addHonest,
    async pass(seconds: number) {
      await clock.pass(seconds)
      if (config.strict.mode !== 'auto') return
      const strict = (await redis.exists(`${prefix}breaker:{all}:strict`)) === 1
      while (app.breaker.isStrict() !== strict) await wait(2)
    },
    forget,
    async close() {
      agent.destroy()
      await app.close()
      await forget()
      redis.disconnect()
      await database.drop()
      await found.close()
    }
  }

  /** A guess, and what the number's own count says of it: that cannot lie. For one guess at a number at a time. */
  async function guess(
    phone: string,
    address: string,
    code = wrong(codes.get(phone) ?? '0000')
  ): Promise<Judged> {
    const row = `${prefix}otp:{${phone}}:failures:row`
    const [long, before] = await Promise.all([
      redis.hget(`${prefix}otp:{${phone}}:code:sign-in`, 'long'),
      redis.hget(row, 'count')
    ])
    const reply = await post('/api/auth/verify-otp/', address, { phone_number: phone, code })
    const [count, last] = await redis.hmget(row, 'count', 'last')
    const isJudged = Number(count ?? 0) > Number(before ?? 0) || reply.status === 200
    const at = clock.now(last ? Number(last) : Date.now())
    return { reply, at, ...(isJudged && { kind: long === '1' ? 'long' : 'short' }) }
  }

  /** A history for the breaker: eight days with so many failed guesses and sign-ins each. */
  async function setUsual(failures: number, signIns: number): Promise<void> {
    const hour = Math.floor(Date.now() / 3_600_000)
    for (const [name, perDay] of Object.entries({ failures, 'sign-ins': signIns })) {
      const upTo = (hours: number) => Math.floor((hours * perDay) / 24)
      const hours = Array.from({ length: 192 }, (_, ago) => [String(hour - ago), upTo(ago + 1) - upTo(ago)])
      const key = `${prefix}breaker:{all}:${name}:3600`
      await redis.hset(key, ...hours.slice(1).flat())
      await redis.expire(key, 777_600)
    }
  }

  /** What honest citizens did in this hour and is not played, as the guard would have counted it. */
  async function addHonest(failures: number, signIns: number): Promise<void> {
    const hour = String(Math.floor(Date.now() / 3_600_000))
    await redis.hincrby(`${prefix}breaker:{all}:failures:3600`, hour, failures)
    await redis.hincrby(`${prefix}breaker:{all}:sign-ins:3600`, hour, signIns)
  }

  async function forget(): Promise<void> {
    for await (const keys of redis.scanStream({ match: `${prefix}*`, count: 1_000 })) {
      if (keys.length > 0) await redis.unlink(keys)
    }
    codes.clear()
    while (config.strict.mode === 'auto' && app.breaker.isStrict()) await wait(2)
  }

  function post(path: string, address: string, body: object): Promise<Reply> {
    if (++requests > MAX_REQUESTS) throw new Error(`Stopped: more than ${MAX_REQUESTS} requests.`)
    if (Date.now() - started > MAX_SECONDS * 1_000) throw new Error(`Stopped: more than ${MAX_SECONDS} s.`)
    const headers = { 'content-type': 'application/json', 'x-forwarded-for': address }
    return new Promise((resolve, reject) => {
      const call = request({ host: '127.0.0.1', port, path, method: 'POST', agent, headers }, (response) => {
        let text = ''
        response.on('data', (chunk) => {
          text += chunk
        })
        response.on('error', reject)
        response.on('end', () => {
          const status = response.statusCode ?? 0
          if (status >= 500) reject(new Error(`${path}: ${status} ${text}`))
          else resolve({ ...JSON.parse(text), status })
        })
      })
      call.on('error', reject)
      call.end(JSON.stringify(body))
    })
  }
}

function wrong(code: string): string {
  return String((Number(code) + 1) % 10 ** code.length).padStart(code.length, '0')
}
