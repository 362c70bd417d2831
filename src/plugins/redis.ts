import { readFileSync } from 'node:fs'
import fastifyRedis from '@fastify/redis'
import fp from 'fastify-plugin'
import { Redis } from 'ioredis'

export interface RedisPluginOptions {
  /** `redis://…` or `rediss://…` */
  url: string
  /** Put before every key. */
  keyPrefix: string
  /** A command is given up after this time (ms); a connection that stays silent twice as long is replaced. */
  timeoutMs: number
}

type Verdict<Word extends string> = Promise<[Word, number]>

// The commands of src/lua, where each file tells its keys, arguments and replies.
declare module 'ioredis' {
  interface Redis {
    otpStore(
      keys: string[],
      shortDigest: string,
      longDigest: string,
      address: string,
      device: string,
      numbers: number[]
    ): Verdict<'short' | 'long' | 'cooldown' | 'spent'>
    otpWithdraw(keys: string[], digest: string): Promise<0 | 1>
    otpValidate(
      keys: string[],
      digest: string,
      address: string,
      device: string,
      newDevice: string,
      numbers: number[]
    ): Verdict<'valid' | 'invalid' | 'void' | 'spent'>
    addressTake(keys: string[], name: string, phone: string, numbers: number[]): Promise<number>
    breakerNote(keys: string[], limits: number[]): Promise<number>
    smsTake(keys: string[], numbers: number[]): Verdict<'taken' | 'service' | 'prefix' | 'address'>
    count(key: string, seconds: number, kept: number, amount: number): Promise<1>
    addressSucceed(keys: string[], name: string, phone: string): Promise<1>
    loginTake(key: string, waitSeconds: number, waitMaxSeconds: number, name: string): Promise<number>
    limitTake(key: string, places: number, seconds: number, name: string): Promise<number>
  }
}

/** `fastify.redis`: an ioredis client with the Lua commands. An outage is an error at once, and heals by itself. */
export default fp<RedisPluginOptions>(
  async function redis(fastify, { url, keyPrefix, timeoutMs }) {
    const client = new Redis(url, { ...failFast(timeoutMs), keyPrefix, scripts, enableAutoPipelining: true })
    client.on('error', (error) => fastify.log.warn({ err: error }, 'redis connection failed'))
    // Not QUIT, which is a command, and fails when Redis is away: no reply is waited for any more.
    fastify.addHook('onClose', async () => client.disconnect())
    try {
      await client.connect()
    } catch (error) {
      client.disconnect()
      throw new Error(`Redis does not answer at ${new URL(url).host} (REDIS_URL).`, { cause: error })
    }
    await fastify.register(fastifyRedis, { client })
  },
  { name: 'redis' }
)

function failFast(timeoutMs: number) {
  return {
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    socketTimeout: 2 * timeoutMs,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    // A guess whose reply was lost must not be sent again: it has been counted.
    autoResendUnfulfilledCommands: false,
    retryStrategy: (times: number) => Math.min(times * 50, 500)
  }
}

const scripts = {
  otpStore: script('otp-store', 11, 'standing'),
  otpWithdraw: script('otp-withdraw', 8),
  otpValidate: script('otp-validate', 7, 'standing'),
  addressTake: script('address-take', 3),
  breakerNote: script('breaker-note', 5, 'buckets'),
  smsTake: script('sms-take', 9, 'buckets'),
  count: script('count', 1, 'buckets'),
  addressSucceed: script('address-succeed', 2),
  loginTake: script('login-take', 1),
  limitTake: script('limit-take', 1)
}

/** A file of src/lua, behind the functions that it shares with others. */
function script(name: string, numberOfKeys: number, ...shared: string[]) {
  const source = (file: string) => readFileSync(new URL(`../lua/${file}.lua`, import.meta.url), 'utf8')
  return { lua: ['rolling-window', ...shared, name].map(source).join('\n'), numberOfKeys }
}
