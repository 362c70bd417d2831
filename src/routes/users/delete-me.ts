import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { deleteUser } from '../../db/account.ts'
import { ReauthRequired } from '../../errors.ts'
import { errorResponses, NoContent, signedInErrors } from '../schemas.ts'

const schema = {
  operationId: 'deleteMe',
  summary: 'Delete the account: the personal data and every session are gone at once',
  tags: ['account'],
  response: { 204: NoContent, ...errorResponses(...signedInErrors, ReauthRequired) }
}

const deleteMe: FastifyPluginAsyncTypebox = async (fastify) => {
  const { db } = fastify

  fastify.delete('/me/', { schema }, async (request, reply) => {
    await deleteUser(db, request.user.user.id)
    request.log.info({ event: 'user_deleted' }, 'account deleted')
    return reply.code(204).send(null)
  })
}

export default deleteMe
