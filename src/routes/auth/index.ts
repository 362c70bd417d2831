import type { FastifyPluginAsync } from 'fastify'
import { rateLimited } from '../rate-limited.ts'
import { signedIn } from '../signed-in.ts'
import logout from './logout.ts'
import refresh from './refresh.ts'
import sendOtp from './send-otp.ts'
import sessions from './sessions.ts'
import staffLogin from './staff-login.ts'
import verifyOtp from './verify-otp.ts'

/** Signing in and out. */
const authRoutes: FastifyPluginAsync = async (fastify) => {
  // Not rate limited here: the guard counts these calls per address, in a step that it runs anyway.
  fastify.register(sendOtp)
  fastify.register(verifyOtp)
  fastify.register(async function forAnybody(scope) {
    rateLimited(scope)
    scope.register(staffLogin)
  })
  fastify.register(refresh)
  fastify.register(logout)
  fastify.register(async function ofTheSignedIn(scope) {
    rateLimited(scope)
    signedIn(scope)
    scope.register(sessions)
  })
}

export default authRoutes
