import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { LoginLimit } from '../errors.ts'

export interface LoginLimitOptions {
  /** Wrong passwords for one number in the window. */
  maxPerNumber: number
  /** Wrong passwords from one address in the window. */
  maxPerAddress: number
  windowSeconds: number
}

/** One counted attempt. */
export interface LoginAttempt {
  /** The password was right: the number starts afresh, the address gets this attempt back. */
  succeed(): Promise<void>
  /** Does what tries the password; if that fails before there is a verdict, neither has spent anything. */
  orGiveBack<T>(work: () => Promise<T>): Promise<T>
}

declare module 'fastify' {
  interface FastifyInstance {
    loginLimit: ReturnType<typeof createLoginLimit>
  }
}

/** `fastify.loginLimit`: wrong passwords, counted before any hashing. */
export default fp<LoginLimitOptions>(
  async function loginLimit(fastify, options) {
    fastify.decorate('loginLimit', createLoginLimit(fastify, options))
  },
  { name: 'login-limit', dependencies: ['redis'] }
)

function createLoginLimit(
  { redis, log }: Pick<FastifyInstance, 'redis' | 'log'>,
  options: LoginLimitOptions
) {
  return { take }

  /**
   * Counts an attempt against the number (E.164) and the address before the password is tried, so that parallel
   * guesses cannot share one.
   * @throws LoginLimit
   */
  async function take(phone: string, address: string): Promise<LoginAttempt> {
    const name = randomUUID()
    const number = { key: `login:number:{${phone}}`, places: options.maxPerNumber }
    const source = { key: `login:address:{${address}}`, places: options.maxPerAddress }
    const attempt = {
      succeed: async () => {
        await Promise.all([redis.del(number.key), redis.zrem(source.key, name)])
      },
      orGiveBack: async <T>(work: () => Promise<T>) => {
        try {
          return await work()
        } catch (error) {
          await giveBack().catch((failure) =>
            log.warn({ err: failure }, 'a login attempt was not given back')
          )
          throw error
        }
      }
    }
    await attempt.orGiveBack(async () => {
      const waits = await Promise.all(
        [number, source].map(({ key, places }) => redis.limitTake(key, places, options.windowSeconds, name))
      )
      const retryAfter = Math.max(...waits)
      if (retryAfter > 0) throw LoginLimit({ retry_after: retryAfter })
    })
    return attempt

    async function giveBack() {
      await Promise.all([redis.zrem(number.key, name), redis.zrem(source.key, name)])
    }
  }
}
