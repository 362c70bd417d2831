import { once } from 'node:events'
import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Redis } from 'ioredis'
import { buildApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config/load.ts'
import { findRedis } from '../find-redis.ts'
import { onlyLoopback } from '../loopback.ts'
import { templateDatabase } from '../template-database.ts'
import { createClock } from './clock.ts'
import { DAY } from './report.ts'

const MAX_REQUESTS = 160_000
const MAX_SECONDS = 600

/** The answer that the attack's captcha takes for a person's. */
export const SOLVED = 'solved'

export interface Reply {
  status: number
  code?: string
  retry_after?: number
  attempts_left?: number
  code_length?: number
  device_token?: string
}

/** How the guard counted one guess: not judged, or judged against a code of this kind. */
export interface Judged {
  reply: Reply
  kind?: 'short' | 'long'
  /** Whether the service was strict when the guess was sent. */
  isStrict: boolean
  /** When it was judged, by the clock that can skip hours (ms). */
  at: number
}

export type Target = Awaited<ReturnType<typeof startTarget>>

/**
 * Starts a server in this process on loopback, with its own database and Redis keys and the settings of the environment. Its
 * SMS stay here, X-Forwarded-For gives each attack its addresses, and time passes on command.
 */
export async function startTarget() {
  for (const url of [process.env.REDIS_URL, process.env.DATABASE_URL]) if (url) onlyLoopback(url)
  const found = await findRedis()
  const database = await templateDatabase()
  if (!database.source.startsWith('postgres'))
    throw new Error('The attack needs a PostgreSQL server: set DATABASE_URL.')
  const prefix = `attack:${process.pid}:`
  const captcha = await fakeCaptcha()
  const config = loadConfig({
    ...process.env,
    ...{ NODE_ENV: 'test', DEBUG: 'false', LOG_LEVEL: 'fatal', HOST: '127.0.0.1', PORT: '0' },
    ...{ DATABASE_URL: database.source, REDIS_URL: found.url, REDIS_KEY_PREFIX: prefix },
    // A laptop that pauses must not look like an outage.
    ...{
      REDIS_TIMEOUT_MS: '5000',
      DATABASE_QUEUE_TIMEOUT_MS: '5000',
      SHED_WAIT_MS: '10000',
      TRUST_PROXY: '127.0.0.1/32',
      PHONE_COUNTRIES: 'UZ'
    },
    ...{
      SMS_TIMEOUT_MS: '200',
      CAPTCHA_VERIFY_URL: captcha.url,
      CAPTCHA_SECRET: 'a secret of the captcha of the attack'
    },
    ...{ JWT_KEYS: '', JWT_SECRET: 'a secret of the attack that signs the tokens' },
    OTP_SECRET: 'a secret of the attack that keys the digests'
  })
  const codes = new Map<string, string>()
  let sent = 0
  let signInsPerDay = 0
  let isGatewayLate = false
  const app = buildApp(config, {
    smsGateways: [
      {
        name: 'attack',
        async send({ to, text, signal }) {
          sent++
          codes.set(to, /\b\d{4,8}\b/.exec(text)?.[0] ?? '')
          if (isGatewayLate) await once(signal, 'abort')
          return { providerId: String(sent), channel: 'sms', parts: 1 }
        }
      }
    ]
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
    database: database.source,
    now: clock.now,
    sent: () => sent,
    requests: () => requests,
    seconds: () => (Date.now() - started) / 1_000,
    /** The last code sent to a number. */
    codeOf: (phone: string) => codes.get(phone) ?? '',
    /** A code that is certainly wrong: the counts must not depend on luck. */
    wrongCodeOf: (phone: string) => wrong(codes.get(phone) ?? '0000'),
    /** An address that nobody has used. */
    newAddress: () => {
      const name = ++addresses
      return `20.${name >> 16}.${(name >> 8) & 255}.${name & 255}`
    },
    ask: (phone: string, address: string, deviceToken?: string, captcha?: string) =>
      post('/api/auth/send-otp/', address, {
        phone_number: phone,
        device_token: deviceToken,
        captcha_token: captcha
      }),
    verify: (phone: string, code: string, address: string, deviceToken?: string) =>
      post('/api/auth/verify-otp/', address, { phone_number: phone, code, device_token: deviceToken }),
    login: (phone: string, password: string, address: string) =>
      post('/api/auth/staff-login/', address, { phone_number: phone, password }),
    guess,
    /** From now on, pretends that this many people sign in each day. */
    async keepSignIns(perDay: number) {
      signInsPerDay = perDay
      await noteSignIns()
    },
    /** Makes the gateway accept messages but answer too late, or stops that. */
    delayGateway(isLate: boolean) {
      isGatewayLate = isLate
    },
    async pass(seconds: number) {
      await clock.pass(seconds)
      if (signInsPerDay > 0) await noteSignIns()
    },
    forget,
    async close() {
      agent.destroy()
      await app.close()
      captcha.close()
      await forget()
      redis.disconnect()
      await database.drop()
      await found.close()
    }
  }

  /** Guesses, and reads the verdict from the number's own count, which cannot lie. Only one guess at a number at a time. */
  async function guess(
    phone: string,
    address: string,
    code = wrong(codes.get(phone) ?? '0000')
  ): Promise<Judged> {
    const row = `${prefix}otp:{${phone}}:failures:row`
    const [long, before, strict] = await Promise.all([
      redis.hget(`${prefix}otp:{${phone}}:code:sign-in`, 'long'),
      redis.hget(row, 'count'),
      redis.exists(`${prefix}service:{all}:strict`)
    ])
    const reply = await post('/api/auth/verify-otp/', address, { phone_number: phone, code })
    const [count, last] = await redis.hmget(row, 'count', 'last')
    const isJudged = Number(count ?? 0) > Number(before ?? 0) || reply.status === 200
    const at = clock.now(last ? Number(last) : Date.now())
    return { reply, at, isStrict: strict === 1, ...(isJudged && { kind: long === '1' ? 'long' : 'short' }) }
  }

  /** Writes the sign-ins of honest people who are not simulated, as the guard would have counted them. */
  async function noteSignIns(): Promise<void> {
    const key = `${prefix}service:{all}:sign-ins`
    await redis.set(`${key}:day`, `${signInsPerDay} ${Date.now()}`, 'EX', DAY)
    await redis.set(`${key}:ten-minutes`, `${signInsPerDay / 144} ${Date.now()}`, 'EX', DAY)
  }

  async function forget(): Promise<void> {
    signInsPerDay = 0
    isGatewayLate = false
    for await (const keys of redis.scanStream({ match: `${prefix}*`, count: 1_000 })) {
      if (keys.length > 0) await redis.unlink(keys)
    }
    codes.clear()
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

/** A captcha that people solve and programs do not. */
async function fakeCaptcha() {
  const server = createServer(async (call, response) => {
    let form = ''
    for await (const chunk of call) form += chunk
    response.end(JSON.stringify({ success: new URLSearchParams(form).get('response') === SOLVED }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/siteverify`, close: () => server.close() }
}
