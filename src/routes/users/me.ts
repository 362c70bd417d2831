import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Account, toAccount } from '../account.ts'
import { errorResponses, signedInErrors } from '../schemas.ts'

const schema = {
  operationId: 'me',
  summary: 'The signed-in user',
  tags: ['account'],
  response: { 200: Account, ...errorResponses(...signedInErrors) }
}

const me: FastifyPluginAsyncTypebox = async (fastify) => {
  fastify.get('/me/', { schema }, async (request) => {
    return toAccount(request.user)
  })
}

export default me
