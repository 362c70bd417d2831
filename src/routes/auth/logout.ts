import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { RateLimited, TokenInvalid, TokenMissing, ValidationFailed } from '../../errors.ts'
import { samples, withExample } from '../../http/samples.ts'
import { bearerToken } from '../../plugins/auth.ts'
import { phrases } from '../../text/messages.ts'
import { bodyErrors, errorResponses, NoContent, RefreshToken } from '../schemas.ts'

// Fastify validates a missing body as null.
const Logout = withExample(
  Type.Unsafe<{ refresh?: string } | null>({
    ...Type.Object({ refresh: Type.Optional(RefreshToken) }, { title: 'Logout' }),
    type: ['object', 'null']
  }),
  { refresh: samples.refresh }
)

const schema = {
  operationId: 'logout',
  summary: 'End the session of a refresh token, or without one that of the access token in the header',
  description: 'Also of a token that is spent, expired or unknown. Staff have no refresh token.',
  tags: ['sessions'],
  security: [{}, { bearerAuth: [] }],
  body: Logout,
  response: { 204: NoContent, ...errorResponses(...bodyErrors, TokenMissing, TokenInvalid, RateLimited) }
}

const logout: FastifyPluginAsyncTypebox = async (fastify) => {
  const { sessions } = fastify

  fastify.post('/logout/', { schema, config: { bodyMayBeEmpty: true } }, async (request, reply) => {
    const refresh = request.body?.refresh
    if (refresh !== undefined) await sessions.end(request, refresh, 'refresh')
    else if (request.headers.authorization) await sessions.end(request, bearerToken(request), 'access')
    else throw ValidationFailed((language) => phrases[language].nothingToEnd)
    return reply.code(204).send(null)
  })
}

export default logout
