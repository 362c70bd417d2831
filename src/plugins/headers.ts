import '@fastify/sensible'
import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import fp from 'fastify-plugin'

export interface HeadersOptions {
  /** Origins of web apps that may call the API; none: CORS stays off. */
  corsOrigins: string[]
}

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
        exposedHeaders: ['retry-after', 'x-request-id']
      })
    }
  },
  { name: 'headers', dependencies: ['@fastify/sensible'] }
)
