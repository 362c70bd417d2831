import type { FastifyPluginAsync } from 'fastify'
import { rateLimited } from '../rate-limited.ts'
import { signedIn } from '../signed-in.ts'
import deleteMe from './delete-me.ts'
import me from './me.ts'
import phone from './phone.ts'
import profile from './profile.ts'

/** The calls of the signed-in user. */
const userRoutes: FastifyPluginAsync = async (fastify) => {
  fastify.register(async function withItsOwnStatement(scope) {
    signedIn(scope, scope.identify)
    scope.register(profile)
  })
  fastify.register(async function ofTheUser(scope) {
    signedIn(scope)
    scope.register(me)
  })
  fastify.register(async function ofTheOwner(scope) {
    signedIn(scope)
    scope.addHook('onRequest', scope.requireRecentSignIn)
    scope.addHook('onRequest', scope.refuseStaffBySms)
    rateLimited(scope)
    scope.register(phone)
    scope.register(deleteMe)
  })
}

export default userRoutes
