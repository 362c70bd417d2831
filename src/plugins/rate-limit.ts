import fastifyRateLimit from '@fastify/rate-limit'
import fp from 'fastify-plugin'
import type { Config } from '../config/settings.ts'
import { RateLimited } from '../errors.ts'
import { clientAddress } from '../http/client.ts'

/**
 * `fastify.rateLimit()`: a hook against floods, for calls that anybody may make. It is not the guard of codes and
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
      keyGenerator: clientAddress,
      errorResponseBuilder: (_request, { ttl }) => RateLimited({ retry_after: Math.ceil(ttl / 1000) })
    })
  },
  { name: 'rate-limit', dependencies: ['redis'] }
)
