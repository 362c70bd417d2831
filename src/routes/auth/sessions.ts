import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import { endSession, endSessions, listSessions, SESSIONS_LISTED } from '../../db/sessions.ts'
import { NotFound, ValidationFailed } from '../../errors.ts'
import { samples, withExample } from '../../http/samples.ts'
import { errorResponses, NoContent, signedInErrors, strayBodyErrors, Uuid } from '../schemas.ts'

const Time = Type.String({ format: 'date-time' })
const Nullable = Type.Union([Type.String(), Type.Null()])

const Session = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    created_at: Time,
    last_used_at: Type.String({ format: 'date-time', description: 'the sign-in or the last refresh' }),
    expires_at: Type.String({ format: 'date-time', description: 'when it ends unless it is refreshed' }),
    user_agent: Nullable,
    ip: Nullable,
    current: Type.Boolean({ description: 'the session of the token this was asked with' })
  },
  { title: 'Session' }
)
const session: Static<typeof Session> = {
  id: samples.session,
  created_at: samples.time,
  last_used_at: samples.time,
  expires_at: samples.later,
  user_agent: 'okhttp/4.12.0',
  ip: '198.51.100.7',
  current: true
}

const list = {
  operationId: 'listSessions',
  summary: "The user's sessions, the one used last first; at most a hundred",
  tags: ['sessions'],
  response: {
    200: withExample(
      Type.Array(Session, { maxItems: SESSIONS_LISTED, description: 'The one used last first' }),
      [session]
    ),
    ...errorResponses(...signedInErrors)
  }
}

const endOne = {
  operationId: 'endSession',
  summary: "End one of the user's sessions",
  tags: ['sessions'],
  params: Type.Object({
    id: { ...Uuid, description: 'the `id` of one in the list', examples: [samples.session] }
  }),
  response: {
    204: NoContent,
    ...errorResponses(...strayBodyErrors, ...signedInErrors, ValidationFailed, NotFound)
  }
}

const endAll = {
  operationId: 'endSessions',
  summary: "End all of the user's sessions, this one too",
  tags: ['sessions'],
  response: { 204: NoContent, ...errorResponses(...strayBodyErrors, ...signedInErrors) }
}

const sessions: FastifyPluginAsyncTypebox = async (fastify) => {
  const { db, dbClock, otp } = fastify

  fastify.get('/sessions/', { schema: list }, async (request) => {
    const { user, session: current } = request.user
    const running = await listSessions(db, user.id)
    return running.map(({ id, createdAt, refreshedAt, expiresAt, userAgent, ip }) => ({
      id,
      created_at: createdAt.toISOString(),
      last_used_at: refreshedAt.toISOString(),
      expires_at: expiresAt.toISOString(),
      user_agent: userAgent,
      ip,
      current: id === current.id
    }))
  })

  fastify.delete('/sessions/:id/', { schema: endOne }, async (request, reply) => {
    const { user } = request.user
    const notAfter = await dbClock.at(request.endsAt)
    if (!(await endSession(db, { id: request.params.id, userId: user.id, notAfter }))) throw NotFound()
    request.log.info(
      { event: 'authn_token_revoked', user: user.id, session: request.params.id },
      'session ended'
    )
    return reply.code(204).send(null)
  })

  fastify.delete('/sessions/', { schema: endAll }, async (request, reply) => {
    const { user } = request.user
    await endSessions(db, user.id, { notAfter: await dbClock.at(request.endsAt) })
    otp.forgetDevices(user.phoneNumber)
    request.log.info({ event: 'authn_token_revoked', user: user.id }, 'all sessions ended')
    return reply.code(204).send(null)
  })
}

export default sessions
