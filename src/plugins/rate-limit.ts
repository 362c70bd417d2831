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

/**
 * `fastify.rateLimit()`: a hook against floods, for calls that anybody may make and that reach a store. It is not the guard of codes and
 * passwords, which count failures: a carrier's NAT hides thousands of citizens behind one address.
 */
export default fp<Config['rateLimit']>(
  async function rateLimit(fastify, { max }) {
    await fastify.register(fastifyRateLimit, {
      global: false,
      redis: fastify.redis,
      nameSpace: 'rate:',
      max,
      timeWindow: 60_000,
      keyGenerator: (request) => request.sessionId ?? clientAddress(request),
      errorResponseBuilder: (_request, { ttl }) => RateLimited({ retry_after: Math.ceil(ttl / 1000) })
    })
    fastify.decorateRequest('sessionId')
    const count = fastify.createRateLimit()
    fastify.decorate('refuseFlood', async (request, sessionId) => {
      request.sessionId = sessionId
      const counted = await count(request)
      if (!counted.isAllowed && counted.isExceeded) throw RateLimited({ retry_after: counted.ttlInSeconds })
    })
  },
  { name: 'rate-limit', dependencies: ['redis'] }
)
