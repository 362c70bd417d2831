import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { RateLimited, SessionEnded, TokenExpired, TokenInvalid } from '../../errors.ts'
import { AccessToken, bodyErrors, errorResponses, RefreshToken } from '../schemas.ts'

const schema = {
  operationId: 'refresh',
  summary: 'Renew both tokens; the refresh token sent is spent',
  tags: ['sessions'],
  body: Type.Object({ refresh: RefreshToken }),
  response: {
    200: Type.Object({ access: AccessToken, refresh: RefreshToken }),
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
