import fastifyRateLimit from '@fastify/rate-limit'
import fp from 'fastify-plugin'
import type { Config } from '../config/settings.ts'
import { RateLimited } from '../errors.ts'
import { clientAddress } from '../http/client.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Counts a call for its session or its test number (`whose`), so that no neighbour's count against it, or an answer that
     * may be repeated for its address. @throws RateLimited
     */
    refuseFlood(request: FastifyRequest, whose: string): Promise<void>
  }
  interface FastifyRequest {
    floodOf: string | undefined
  }
}

/** The process keeps the counts of those that called last: a flood is one of them. */
const COUNTS_KEPT = 10_000

/**
 * `fastify.rateLimit()`: a hook against floods of one address, for calls that anybody may make and that reach a store. It is
 * not the guard of codes and passwords, which count failures: a carrier's NAT hides thousands of citizens behind one address.
 * `fastify.refuseFlood`: the same for a session, a test number or answers that are repeated, counted by each process for
 * itself, so that a refresh needs no trip to Redis.
 */
export default fp<Config['rateLimit']>(
  async function rateLimit(fastify, { max }) {
    const limit = { global: false, max, timeWindow: 60_000 }
    fastify.decorateRequest('floodOf')
    // In a scope of its own, so that `rateLimit()` stays the one below.
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
