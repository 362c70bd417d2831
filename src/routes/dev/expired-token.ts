import type { FastifyPluginAsync } from 'fastify'
import { bearerToken } from '../../plugins/auth.ts'

/** More than the clocks of any two machines differ, in seconds. */
const EXPIRED_SECONDS = 3_600

/** Returns an expired copy of the caller's own access token, which grants nothing. */
const expiredToken: FastifyPluginAsync = async (fastify) => {
  const { access } = fastify.tokens

  fastify.post('/expired-token', { config: { bodyMayBeEmpty: true } }, async (request) => {
    const claims = access.verify(bearerToken(request))
    const exp = claims.iat - EXPIRED_SECONDS
    return { access: access.sign({ ...claims, iat: exp - EXPIRED_SECONDS, exp }) }
  })
}

export default expiredToken
