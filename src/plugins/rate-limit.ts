import fastifyRateLimit from '@fastify/rate-limit'
import fp from 'fastify-plugin'
import type { Config } from '../config/settings.ts'
import { RateLimited } from '../errors.ts'
import { clientAddress } from '../http/client.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Counts a call against `whose`: its session or test number, so that calls of its neighbours do not count, or its address
     * where an answer may be repeated. @throws RateLimited
     */
    refuseFlood(request: FastifyRequest, whose: string): Promise<void>
  }
  interface FastifyRequest {
    floodOf: string | undefined
  }
}

/** How many counts the process keeps, those of the latest callers: a flood is always among them. */
const COUNTS_KEPT = 10_000

/**
 * `fastify.rateLimit()`: a hook against floods from one address, for public calls that reach a store. Codes and passwords are
 * guarded by limits that count failures instead: a carrier's NAT hides thousands of citizens behind one address.
 * `fastify.refuseFlood`: the same for a session, a test number or answers that are repeated, counted in each process alone,
 * so that a refresh needs no round trip to Redis.
 */
export default fp<Config['rateLimit']>(
  async function rateLimit(fastify, { max }) {
    const limit = { global: false, max, timeWindow: 60_000 }
    fastify.decorateRequest('floodOf')
    // In its own scope, so that `fastify.rateLimit()` is the one registered below.
    await fastify.register(async (scope) => {
      await scope.register(fastifyRateLimit, {
        ...limit,
        cache: COUNTS_KEPT,
        keyGenerator: ({ floodOf = '' }) => floodOf
      })
      const count = scope.createRateLimit()
      fastify.decorate('refuseFlood', async (request, whose) => {
        request.floodOf = whose
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
