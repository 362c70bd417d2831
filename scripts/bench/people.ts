import { createHash } from 'node:crypto'
import { setImmediate as afterwards } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { buildApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config/load.ts'
import { createClock } from '../attack/clock.ts'
import { privateRedis } from '../find-redis.ts'
import { templateDatabase } from '../template-database.ts'
import type { Undo } from '../undo.ts'

export type Service = Awaited<ReturnType<typeof startService>>

/** A person at an address of their own, with the device token of their last sign-in. */
export interface Person {
  phone: string
  address: string
  device_token?: string
}

/** Runs the service in this process, with its default limits and its own stores; time passes on command. */
export async function startService(undo: Undo) {
  const found = await privateRedis()
  undo.push(found.close)
  const database = await templateDatabase()
  undo.push(database.drop)
  const codes = new Map<string, string>()
  const gateway = {
    name: 'memory',
    async send({ to, text }: { to: string; text: string }) {
      codes.set(to, /\b\d{4,8}\b/.exec(text)?.[0] ?? '')
      // As long as the ids that Eskiz returns.
      const providerId = createHash('md5').update(to).digest('hex')
      return { providerId, channel: 'sms' as const, parts: 1 }
    }
  }
  const config = loadConfig({
    ...{ NODE_ENV: 'test', LOG_LEVEL: 'fatal', TRUST_PROXY: '127.0.0.1/32', REDIS_TIMEOUT_MS: '5000' },
    ...{ DATABASE_URL: database.source, REDIS_URL: found.url },
    JWT_SECRET: 'a secret of the benchmark that signs the tokens',
    OTP_SECRET: 'a secret of the benchmark that keys the digests'
  })
  const app = buildApp(config, { smsGateways: [gateway] })
  await app.ready()
  undo.push(() => app.close())
  const redis = new Redis(found.url)
  undo.push(() => redis.disconnect())
  const clock = createClock(redis, '')
  return { url: found.url, redis, pass: clock.pass, send, verify }

  async function send({ phone, address, device_token }: Person): Promise<void> {
    await post('/api/auth/send-otp/', address, { phone_number: phone, device_token })
  }

  async function verify(person: Person): Promise<void> {
    const { phone: phone_number, address, device_token } = person
    const code = codes.get(phone_number)
    const signedIn = await post('/api/auth/verify-otp/', address, { phone_number, code, device_token })
    person.device_token = signedIn.device_token
    // The service writes what a sign-in forgives after its reply.
    await afterwards()
  }

  async function post(url: string, address: string, payload: object): Promise<{ device_token: string }> {
    const headers = { 'x-forwarded-for': address }
    const reply = await app.inject({ method: 'POST', url, headers, payload })
    if (reply.statusCode !== 200) throw new Error(`${url}: ${reply.statusCode} ${reply.body}`)
    return reply.json()
  }
}
