import { randomUUID } from 'node:crypto'
import fp from 'fastify-plugin'
import { OtpSendLimit } from '../errors.ts'

const DAY_SECONDS = 86_400

export interface PhoneChangeLimitOptions {
  sendsPerDay: number
}

export interface PhoneChangeLimit {
  /** Counts a code that this user has sent to another number. @throws OtpSendLimit */
  take(userId: string): Promise<void>
}

declare module 'fastify' {
  interface FastifyInstance {
    phoneChangeLimit: PhoneChangeLimit
  }
}

/** `fastify.phoneChangeLimit`: an account is cheap, SMS to numbers of its choice are not. */
export default fp<PhoneChangeLimitOptions>(
  async function phoneChangeLimit(fastify, { sendsPerDay }) {
    fastify.decorate('phoneChangeLimit', {
      async take(userId) {
        const key = `phone-change:{${userId}}`
        const wait = await fastify.redis.limitTake(key, sendsPerDay, DAY_SECONDS, randomUUID())
        if (wait > 0) throw OtpSendLimit({ retry_after: wait })
      }
    })
  },
  { name: 'phone-change-limit', dependencies: ['redis'] }
)
