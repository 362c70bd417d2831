import '@fastify/sensible'
import helmet from '@fastify/helmet'
import fp from 'fastify-plugin'

/** Security headers and `x-request-id` on every reply, and none in a cache unless its route says so. */
export default fp(
  async function headers(fastify) {
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
  },
  { name: 'headers', dependencies: ['@fastify/sensible'] }
)
