import { randomInt, randomUUID } from 'node:crypto'
import { Cluster, Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { PASS } from '../scripts/attack/clock.ts'
import { buildApp, type Overrides } from '../src/app.ts'
import { loadConfig } from '../src/config/load.ts'
import type { Config, Environment } from '../src/config/settings.ts'
import type { OtpPurpose } from '../src/plugins/otp.ts'
import { redisMasters } from '../src/redis/masters.ts'
import { otpKeys } from '../src/redis/otp-steps.ts'
import type { Gateway, Message } from '../src/sms/gateway.ts'
import { databaseUrl } from './database.ts'

const redisUrl = process.env.TEST_REDIS_URL ?? ''
/** `npm run test:cluster` sets it to true. */
const isCluster = process.env.TEST_REDIS_CLUSTER ?? 'false'
/** Unique to this test process. */
const keyPrefix = `test:${randomUUID()}:`

/** A client for the Redis that the tests use. */
export function connectRedis(keyPrefix: string): Redis | Cluster {
  return isCluster === 'true' ? new Cluster([redisUrl], { keyPrefix }) : new Redis(redisUrl, { keyPrefix })
}

/** For tests that look behind the API; uses the key prefix of the apps. */
export const redis = connectRedis(keyPrefix)
t.teardown(async () => {
  await Promise.all((await keysLike('*')).map((key) => redis.del(key)))
  await redis.quit()
})

/** The keys of this test process that match the pattern, on all nodes. */
export async function keysLike(pattern: string): Promise<string[]> {
  // A cluster client discovers its nodes with the first command.
  await redis.ping()
  const keys = await Promise.all(redisMasters(redis).map((node) => node.keys(`${keyPrefix}${pattern}`)))
  return keys.flat().map((key) => key.slice(keyPrefix.length))
}

/** Ages the state of a number by this many seconds; by default by one cooldown. */
export async function letPass(
  phone: string,
  seconds = 60,
  { store = redis, purpose = 'sign-in' as OtpPurpose } = {}
): Promise<void> {
  const keys = Object.values(otpKeys(phone, purpose))
  await store.eval(PASS, keys.length, ...keys, seconds * 1_000)
}

/** A valid environment for a server on the stores of this test process. */
export const environment = {
  NODE_ENV: 'test',
  LOG_LEVEL: 'info',
  HOST: '127.0.0.1',
  PORT: '0',
  DATABASE_URL: databaseUrl,
  DATABASE_POOL_MAX: '5',
  REDIS_URL: redisUrl,
  REDIS_CLUSTER: isCluster,
  REDIS_KEY_PREFIX: keyPrefix,
  JWT_SECRET: 'a secret of the tests that signs the tokens',
  OTP_SECRET: 'a secret of the tests that keys the digests',
  DRAIN_SECONDS: '0',
  RATE_LIMIT_MAX: '100000',
  // Test files share the cores, so a pause does not mean overload.
  SHED_WAIT_MS: '10000',
  DATABASE_QUEUE_TIMEOUT_MS: '2000',
  // Test files share the service-wide counts.
  STRICT_FAILURES_PER_DAY: '100000',
  STRICT_FAILURES_PER_TEN_MINUTES: '100000',
  ADDRESS_FAILURES_PER_DAY: '100000',
  ADDRESS_SENDS_PER_HOUR: '100000'
}

/** Valid settings, with some replaced. */
export function settings(changes: Environment = {}): Config {
  return loadConfig({
    ...environment,
    ...(changes.DEBUG === 'true' && { NODE_ENV: 'development' }),
    ...changes
  })
}

/** A gateway that has accepted a message once `deliver` resolves. */
export function gatewayOf(deliver: (message: Message) => Promise<unknown>, name = 'test'): Gateway {
  return {
    name,
    async send(message) {
      await deliver(message)
      return { providerId: randomUUID(), channel: 'sms', parts: 1 }
    }
  }
}

/** Collects the SMS in place of a provider. */
export function createOutbox() {
  const texts = new Map<string, string[]>()
  const gateway = gatewayOf(async ({ to, text }) => {
    texts.set(to, [...(texts.get(to) ?? []), text])
  })
  return {
    gateway,
    textsTo: (phone: string) => texts.get(phone) ?? [],
    /** The code in the last SMS to a number. */
    codeFor: (phone: string): string => /\b\d{4,8}\b/.exec(texts.get(phone)?.at(-1) ?? '')?.[0] ?? ''
  }
}

/** The app with its outbox and its log, closed when the test ends. */
export async function build(t: Test, changes: Environment = {}, overrides: Overrides = {}) {
  const outbox = createOutbox()
  const log: string[] = []
  const app = buildApp(settings(changes), {
    smsGateways: [outbox.gateway],
    logger: { stream: { write: (line) => log.push(line) } },
    ...overrides
  })
  t.teardown(() => app.close())
  await app.ready()
  return { app, outbox, log, ...calls(app) }
}

type App = ReturnType<typeof buildApp>

/** The API's calls, as made by a client with its own address. */
function calls(app: App) {
  const remoteAddress = `10.${randomInt(256)}.${randomInt(256)}.${randomInt(256)}`
  const post = (url: string, payload: object, headers = {}) =>
    app.inject({ method: 'POST', url, payload, headers, remoteAddress })
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
  const remove = (url: string, token: string) => app.inject({ method: 'DELETE', url, headers: bearer(token) })
  return {
    address: remoteAddress,
    sendOtp: (phone: string) => post('/api/auth/send-otp/', { phone_number: phone }),
    verifyOtp: (phone: string, code: string) => post('/api/auth/verify-otp/', { phone_number: phone, code }),
    staffLogin: (phone: string, password: string) =>
      post('/api/auth/staff-login/', { phone_number: phone, password }),
    refresh: (token: string) => post('/api/auth/refresh/', { refresh: token }),
    logout: (token: string) => post('/api/auth/logout/', { refresh: token }),
    listSessions: (token: string) => app.inject({ url: '/api/auth/sessions/', headers: bearer(token) }),
    endSession: (token: string, id: string) => remove(`/api/auth/sessions/${id}/`, token),
    endSessions: (token: string) => remove('/api/auth/sessions/', token),
    sendPhoneCode: (token: string, phone: string) =>
      post('/api/users/phone/', { phone_number: phone }, bearer(token)),
    changePhone: (token: string, phone: string, code: string) =>
      post('/api/users/phone/verify/', { phone_number: phone, code }, bearer(token)),
    deleteMe: (token: string) => remove('/api/users/me/', token),
    me: (token: string) => app.inject({ url: '/api/users/me/', headers: bearer(token) }),
    patchProfile: (token: string, payload: object) =>
      app.inject({ method: 'PATCH', url: '/api/users/profile/', headers: bearer(token), payload })
  }
}

const OPERATORS = [33, 88, 90, 91, 93, 94, 95, 97, 98, 99]

/** A mobile number that no other test uses: from only a few million, two tests would collide once in a hundred runs. */
export function randomPhone(operator = OPERATORS[randomInt(OPERATORS.length)]): string {
  return `+998${operator}${String(randomInt(10 ** 7)).padStart(7, '0')}`
}

/** A different code of the same length. */
export function wrongCode(code: string): string {
  return String((Number(code) + 1) % 10 ** code.length).padStart(code.length, '0')
}

/** A citizen who has just signed in for the first time: number and tokens. */
export async function signUp(
  { sendOtp, verifyOtp, outbox }: Awaited<ReturnType<typeof build>>,
  phone = randomPhone()
) {
  await sendOtp(phone)
  const reply = await verifyOtp(phone, outbox.codeFor(phone))
  const { access, refresh, device_token } =
    reply.json<Record<'access' | 'refresh' | 'device_token', string>>()
  return { phone, access, refresh, deviceToken: device_token }
}

/** The claims of a token, unverified. */
export function claimsOf(token: string) {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}
