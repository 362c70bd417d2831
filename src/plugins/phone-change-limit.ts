import { randomUUID } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../config/settings.ts'
import { OtpSendLimit } from '../errors.ts'

const DAY_SECONDS = 86_400

export interface PhoneChangeLimit {
  /** Counts a code that this user has sent to another number; given back when the request fails. @throws OtpSendLimit */
  take(request: Pick<FastifyRequest, 'undoOnFailure'>, userId: string): Promise<void>
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
      async take(request, userId) {
        const key = `phone-change:{${userId}}`
        const name = randomUUID()
        await request.undoOnFailure(() => fastify.redis.zrem(key, name))
        const wait = await fastify.redis.limitTake(key, sendsPerDay, DAY_SECONDS, name)
        if (wait > 0) throw OtpSendLimit({ retry_after: wait })
      }
    })
  },
  { name: 'phone-change-limit', dependencies: ['redis'] }
)
