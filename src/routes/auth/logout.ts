import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { RateLimited } from '../../errors.ts'
import { bodyErrors, errorResponses, NoContent, RefreshToken } from '../schemas.ts'

const schema = {
  operationId: 'logout',
  summary: 'End the session of a refresh token, also of a spent or unknown one',
  tags: ['sessions'],
  body: Type.Object({ refresh: RefreshToken }),
  response: { 204: NoContent, ...errorResponses(...bodyErrors, RateLimited) }
}

const logout: FastifyPluginAsyncTypebox = async (fastify) => {
  const { sessions } = fastify

  fastify.post('/logout/', { schema }, async (request, reply) => {
    await sessions.end(request, request.body.refresh)
    return reply.code(204).send(null)
  })
}

export default logout
