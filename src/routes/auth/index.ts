import type { FastifyPluginAsync } from 'fastify'
import sendOtp from './send-otp.ts'
import staffLogin from './staff-login.ts'
import verifyOtp from './verify-otp.ts'

/** Calls that anybody may make. */
const authRoutes: FastifyPluginAsync = async (fastify) => {
  fastify.addHook('onRequest', fastify.rateLimit())
  fastify.register(sendOtp)
  fastify.register(verifyOtp)
  fastify.register(staffLogin)
}

export default authRoutes
