import fp from 'fastify-plugin'
import type { Config } from '../config/settings.ts'
import { connect, type Db } from '../db/client.ts'
import { isOutage } from '../outage.ts'

declare module 'fastify' {
  interface FastifyInstance {
    db: Db
  }
}

/** `fastify.db`: the pool that query functions of `src/db` take first. */
export default fp<Omit<Config['database'], 'clockCheckMs'>>(
  async function db(fastify, options) {
    const { db, prove, close } = connect({
      ...options,
      queue: { max: options.queueMax, timeoutMs: options.queueTimeoutMs }
    })
    fastify.addHook('onClose', close)
    await prove().catch((error) => {
      // One that is away may come back; until then its calls are a 503.
      if (!isOutage(error)) throw error
      fastify.log.warn(
        { event: 'postgresql_away', code: error.code },
        'PostgreSQL does not answer (DATABASE_URL)'
      )
    })
    fastify.decorate('db', db)
  },
  { name: 'db' }
)
