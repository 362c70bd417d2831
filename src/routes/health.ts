import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { ping } from '../db/client.ts'
import { within } from '../deadline.ts'
import { NotReady } from '../errors.ts'
import { errorResponses } from './schemas.ts'

/** A store that needs longer for "are you there?" is not there. */
const PROBE_TIMEOUT_MS = 1_000

const live = {
  operationId: 'healthLive',
  summary: 'The process runs',
  tags: ['operations'],
  response: { 200: Type.Object({ status: Type.Literal('ok') }) }
}

const ready = {
  operationId: 'healthReady',
  summary: 'The process and its stores can serve',
  tags: ['operations'],
  response: {
    200: Type.Object({
      status: Type.Literal('ok'),
      postgresql: Type.Literal('up'),
      redis: Type.Literal('up'),
      clock_skew_seconds: Type.Optional(
        Type.Integer({ description: 'by how much the clock of this process is ahead of that of PostgreSQL' })
      )
    }),
    ...errorResponses(NotReady)
  }
}

const health: FastifyPluginAsyncTypebox = async (fastify) => {
  const { db, dbClock, redis } = fastify

  fastify.get('/health/live', { schema: live }, async () => {
    return { status: 'ok' as const }
  })

  fastify.get('/health/ready', { schema: ready }, async () => {
    // Not PING: a node answers that also when its cluster is down.
    const probe = () => redis.exists('health')
    const [postgresql, cache] = await Promise.all([isUp(() => ping(db)), isUp(probe)])
    if (postgresql === 'down' || cache === 'down') throw NotReady({ postgresql, redis: cache })
    const skew = dbClock.skewSeconds()
    return {
      status: 'ok' as const,
      postgresql,
      redis: cache,
      ...(skew !== undefined && { clock_skew_seconds: skew })
    }
  })
}

async function isUp(probe: () => Promise<unknown>): Promise<'up' | 'down'> {
  return within(PROBE_TIMEOUT_MS, probe).then(
    () => 'up',
    () => 'down'
  )
}

export default health
