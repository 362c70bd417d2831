import type { FastifyPluginAsync } from 'fastify'
import { bearerToken } from '../../plugins/auth.ts'

/** Long enough for the clocks of all machines. */
const EXPIRED_SECONDS = 3_600

/** The caller's own access token, as it will be when it has expired: it opens nothing. */
const expiredToken: FastifyPluginAsync = async (fastify) => {
  const { access } = fastify.tokens

  fastify.post('/expired-token', { config: { bodyMayBeEmpty: true } }, async (request) => {
    const claims = access.verify(bearerToken(request))
    const exp = claims.iat - EXPIRED_SECONDS
    return { access: access.sign({ ...claims, iat: exp - EXPIRED_SECONDS, exp }) }
  })
}

export default expiredToken
