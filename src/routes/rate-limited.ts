import type { FastifyInstance } from 'fastify'

declare module 'fastify' {
  interface FastifySchema {
    /** Whether the replies have the `X-RateLimit-*` headers. */
    'x-rate-limited'?: boolean
  }
}

/** Rate limits the calls of a scope per address, and marks them so in the API document. */
export function rateLimited(scope: FastifyInstance): void {
  scope.addHook('onRequest', scope.rateLimit())
  scope.addHook('onRoute', (route) => {
    route.schema = { ...route.schema, 'x-rate-limited': true }
  })
}
