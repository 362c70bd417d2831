import type { FastifyInstance } from 'fastify'

declare module 'fastify' {
  interface FastifySchema {
    /** The replies have the headers `X-RateLimit-*`. */
    'x-rate-limited'?: boolean
  }
}

/** Makes a scope one whose calls are counted for their address, and its part of the API document says so. */
export function rateLimited(scope: FastifyInstance): void {
  scope.addHook('onRequest', scope.rateLimit())
  scope.addHook('onRoute', (route) => {
    route.schema = { ...route.schema, 'x-rate-limited': true }
  })
}
