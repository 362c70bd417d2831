import fastifyRateLimit from '@fastify/rate-limit'
import fp from 'fastify-plugin'
import type { Config } from '../config/settings.ts'
import { RateLimited } from '../errors.ts'
import { clientAddress } from '../http/client.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Counts a call whose token is ours for its session: a neighbour's do not count against it. @throws RateLimited */
    refuseFlood(request: FastifyRequest, sessionId: string): Promise<void>
  }
  interface FastifyRequest {
    sessionId: string | undefined
  }
}

/** Of those that called last the process keeps the count: a flood is one of them. */
const SESSIONS = 10_000

/**
 * `fastify.rateLimit()`: a hook against floods, for calls that anybody may make and that reach a store. It is not the guard of codes and
 * passwords, which count failures: a carrier's NAT hides thousands of citizens behind one address. A session is counted by each
 * process for itself, so that a refresh costs no trip to Redis and needs none.
 */
export default fp<Config['rateLimit']>(
  async function rateLimit(fastify, { max }) {
    const limit = { global: false, max, timeWindow: 60_000 }
    fastify.decorateRequest('sessionId')
    // In a scope of its own: it is the other one that routes hook.
    await fastify.register(async (scope) => {
      await scope.register(fastifyRateLimit, {
        ...limit,
        cache: SESSIONS,
        keyGenerator: ({ sessionId = '' }) => sessionId
      })
      const count = scope.createRateLimit()
      fastify.decorate('refuseFlood', async (request, sessionId) => {
        request.sessionId = sessionId
        const counted = await count(request)
        if (!counted.isAllowed && counted.isExceeded) throw RateLimited({ retry_after: counted.ttlInSeconds })
      })
    })
    await fastify.register(fastifyRateLimit, {
      ...limit,
      redis: fastify.redis,
      nameSpace: 'rate:',
      keyGenerator: clientAddress,
      errorResponseBuilder: (_request, { ttl }) => RateLimited({ retry_after: Math.ceil(ttl / 1000) })
    })
  },
  { name: 'rate-limit', dependencies: ['redis'] }
)
