import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { RateLimited, SessionEnded, TokenExpired, TokenInvalid } from '../../errors.ts'
import { samples, withExample } from '../../http/samples.ts'
import { AccessToken, bodyErrors, errorResponses, RefreshToken } from '../schemas.ts'

const Refresh = withExample(Type.Object({ refresh: RefreshToken }, { title: 'Refresh' }), {
  refresh: samples.refresh
})

const TokenPair = withExample(
  Type.Object(
    { access: AccessToken, refresh: RefreshToken },
    { title: 'TokenPair', description: 'Both tokens are new' }
  ),
  { access: samples.access, refresh: samples.refresh }
)

const schema = {
  operationId: 'refresh',
  summary: 'Renew both tokens; the refresh token sent is spent',
  tags: ['sessions'],
  body: Refresh,
  response: {
    200: TokenPair,
    ...errorResponses(...bodyErrors, TokenInvalid, TokenExpired, SessionEnded, RateLimited)
  }
}

const refresh: FastifyPluginAsyncTypebox = async (fastify) => {
  const { sessions } = fastify

  fastify.post('/refresh/', { schema }, async (request) => {
    return sessions.rotate(request, request.body.refresh)
  })
}

export default refresh
