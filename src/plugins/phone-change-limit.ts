import { randomUUID } from 'node:crypto'
import fp from 'fastify-plugin'
import type { Config } from '../config/settings.ts'
import { OtpSendLimit } from '../errors.ts'

const DAY_SECONDS = 86_400

export interface PhoneChangeLimit {
  /** Counts a code that this user has sent to another number, to be given back when it is not sent. @throws OtpSendLimit */
  take(userId: string): Promise<{ giveBack(): Promise<unknown> }>
}

declare module 'fastify' {
  interface FastifyInstance {
    phoneChangeLimit: PhoneChangeLimit
  }
}

/** `fastify.phoneChangeLimit`: an account is cheap, SMS to numbers of its choice are not. */
export default fp<Config['phoneChange']>(
  async function phoneChangeLimit(fastify, { sendsPerDay }) {
    fastify.decorate('phoneChangeLimit', {
      async take(userId) {
        const key = `phone-change:{${userId}}`
        const name = randomUUID()
        const wait = await fastify.redis.limitTake(key, sendsPerDay, DAY_SECONDS, name)
        if (wait > 0) throw OtpSendLimit({ retry_after: wait })
        return { giveBack: () => fastify.redis.zrem(key, name) }
      }
    })
  },
  { name: 'phone-change-limit', dependencies: ['redis'] }
)
