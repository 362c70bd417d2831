import '@fastify/sensible'
import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import fp from 'fastify-plugin'

export interface HeadersOptions {
  /** Origins of web apps that may call the API; none: CORS stays off. */
  corsOrigins: (string | RegExp)[]
}

/** A web app that runs on the developer's own machine, on whatever port. */
export const LOCALHOST_ORIGIN = /^https?:\/\/(([a-z0-9-]+\.)*localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/
/** Browsers keep the answer to a preflight no longer: Chromium cuts it to two hours. */
const PREFLIGHT_SECONDS = 7_200

/** Security headers and `x-request-id` on every reply, and none in a cache unless its route says so. */
export default fp<HeadersOptions>(
  async function headers(fastify, { corsOrigins }) {
    // Before CORS, which answers preflights itself.
    fastify.addHook('onRequest', async (request, reply) => {
      reply.header('x-request-id', request.id)
      reply.cacheControl('no-store')
    })
    await fastify.register(helmet, {
      contentSecurityPolicy: {
        useDefaults: false,
        directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] }
      },
      referrerPolicy: { policy: 'no-referrer' }
    })
    if (corsOrigins.length > 0) {
      await fastify.register(cors, {
        origin: corsOrigins,
        methods: ['GET', 'POST', 'PATCH', 'DELETE'],
        exposedHeaders: ['retry-after', 'x-request-id'],
        maxAge: PREFLIGHT_SECONDS
      })
    }
  },
  { name: 'headers', dependencies: ['@fastify/sensible'] }
)
