import type { FastifyPluginAsync } from 'fastify'
import me from './me.ts'
import profile from './profile.ts'

/** Calls of the signed-in user. */
const userRoutes: FastifyPluginAsync = async (fastify) => {
  fastify.addHook('onRequest', fastify.authenticate)
  fastify.addHook('onRoute', (route) => {
    route.schema = { ...route.schema, security: [{ bearerAuth: [] }] }
  })
  fastify.register(me)
  fastify.register(profile)
}

export default userRoutes
