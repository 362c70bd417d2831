import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { Inbox } from '../../sms/inbox.ts'

const querystring = Type.Object({ phone_number: Type.Optional(Type.String()) })

/** The messages that any process would have sent, newest first. */
const inboxRoutes: FastifyPluginAsyncTypebox<{ inbox: Inbox }> = async (fastify, { inbox }) => {
  fastify.get('/inbox.json', { schema: { querystring } }, async (request) => {
    const { phone_number: typed } = request.query
    const wanted = typed && request.toE164(typed)
    const messages = await inbox.newest()
    return messages.filter(({ to }) => !wanted || to === wanted)
  })
}

export default inboxRoutes
