import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { deleteUser } from '../../db/account.ts'
import { ReauthRequired, SessionEnded, StaffAccount } from '../../errors.ts'
import { errorResponses, NoContent, signedInErrors, strayBodyErrors } from '../schemas.ts'

const schema = {
  operationId: 'deleteMe',
  summary: 'Delete the account: the personal data and every session are gone at once',
  tags: ['account'],
  response: {
    204: NoContent,
    ...errorResponses(...strayBodyErrors, ...signedInErrors, ReauthRequired, StaffAccount)
  }
}

const deleteMe: FastifyPluginAsyncTypebox = async (fastify) => {
  const { db, dbClock, otp } = fastify

  fastify.delete('/me/', { schema }, async (request, reply) => {
    const { user, session } = request.user
    const notAfter = await dbClock.at(request.endsAt)
    const outcome = await deleteUser(db, { userId: user.id, sessionId: session.id, notAfter })
    if (!outcome) throw SessionEnded()
    if (outcome === 'staff') throw StaffAccount()
    otp.forgetDevices(user.phoneNumber)
    request.log.info({ event: 'user_deleted' }, 'account deleted')
    return reply.code(204).send(null)
  })
}

export default deleteMe
