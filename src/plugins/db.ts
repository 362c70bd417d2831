import fp from 'fastify-plugin'
import type { Config } from '../config/settings.ts'
import { connect, type Db } from '../db/client.ts'
import { databaseState } from '../db/state.ts'
import type { Queue } from '../load/turns.ts'
import { isOutage } from '../outage.ts'

declare module 'fastify' {
  interface FastifyInstance {
    db: Db
    /** The statements that have a connection of the pool, or wait for one. */
    dbQueue: Queue
  }
}

/** `fastify.db`: the pool that query functions of `src/db` take first, and `fastify.dbQueue` before it. */
export default fp<Omit<Config['database'], 'clockCheckMs'>>(
  async function db(fastify, options) {
    const { db, queue, prove, close } = connect({
      ...options,
      queue: { max: options.queueMax, timeoutMs: options.queueTimeoutMs }
    })
    fastify.addHook('onClose', close)
    await prove().then(warnOfMigrations, (error) => {
      // One that is away may come back; until then its calls are a 503.
      if (!isOutage(error)) throw error
      fastify.log.warn(
        { event: 'postgresql_away', code: error.code },
        'PostgreSQL does not answer (DATABASE_URL)'
      )
    })
    fastify.decorate('db', db)
    fastify.decorate('dbQueue', queue)

    async function warnOfMigrations(): Promise<void> {
      // What cannot be read is for /health/ready to tell.
      const state = await databaseState(db).catch(() => undefined)
      if (state !== 'unmigrated') return
      fastify.log.warn(
        { event: 'migrations_pending' },
        'The database lacks migrations of this version: run "npm run manage -- migrate", or "node bin/cli.js migrate" where it was built'
      )
    }
  },
  { name: 'db' }
)
