import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import pTimeout from 'p-timeout'
import { databaseState } from '../db/state.ts'
import { MigrationsPending, NotReady, ServiceUnavailable } from '../errors.ts'
import { withExample } from '../http/samples.ts'
import { assertRedisWritable } from '../redis/writable.ts'
import { errorResponses, Int32 } from './schemas.ts'

/** A store that takes longer to answer a probe counts as down. */
const PROBE_TIMEOUT_MS = 1_000

const Healthy = withExample(
  Type.Object({ status: Type.Literal('ok') }, { title: 'Healthy', description: 'It does' }),
  { status: 'ok' }
)

const live = {
  operationId: 'healthLive',
  summary: 'The process runs',
  tags: ['operations'],
  response: {
    200: Healthy,
    ...errorResponses()
  }
}

const serving = {
  operationId: 'healthServing',
  summary: 'The process takes new requests',
  description:
    'Does not ask the stores but for missing migrations: without one of them a process still answers what it can.',
  tags: ['operations'],
  response: {
    200: Healthy,
    ...errorResponses()
  }
}

const ready = {
  operationId: 'healthReady',
  summary: 'The process and its stores can serve',
  tags: ['operations'],
  response: {
    200: withExample(
      Type.Object(
        {
          status: Type.Literal('ok'),
          postgresql: Type.Literal('up'),
          redis: Type.Literal('up'),
          clock_skew_seconds: Int32(
            'seconds by which the clock of this process is ahead of that of PostgreSQL',
            { minimum: -2_147_483_648 }
          )
        },
        { title: 'Ready', description: 'It can serve' }
      ),
      { status: 'ok', postgresql: 'up', redis: 'up', clock_skew_seconds: 0 }
    ),
    ...errorResponses(NotReady)
  }
}

const health: FastifyPluginAsyncTypebox = async (fastify) => {
  const { db, dbClock, redis } = fastify

  fastify.get('/health/live', { schema: live }, async () => {
    return { status: 'ok' as const }
  })

  fastify.get('/health/serving', { schema: serving }, async () => {
    if (fastify.isDraining) throw ServiceUnavailable()
    if ((await answerOf(() => databaseState(db))) === 'unmigrated') throw MigrationsPending()
    return { status: 'ok' as const }
  })

  fastify.get('/health/ready', { schema: ready }, async () => {
    if (fastify.isDraining) throw ServiceUnavailable()
    const [postgresql, cache] = await Promise.all([
      answerOf(() => databaseState(db)),
      answerOf(() => assertRedisWritable(redis).then(() => 'up' as const))
    ])
    if (postgresql === 'unmigrated') throw MigrationsPending()
    if (postgresql !== 'up' || cache !== 'up') throw NotReady({ postgresql, redis: cache })
    const clock_skew_seconds = await dbClock.skewSeconds()
    return { status: 'ok' as const, postgresql, redis: cache, clock_skew_seconds }
  })
}

async function answerOf<State>(probe: () => Promise<State>): Promise<State | 'down'> {
  return pTimeout(probe(), { milliseconds: PROBE_TIMEOUT_MS }).catch(() => 'down' as const)
}

export default health
