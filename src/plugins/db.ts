import fp from 'fastify-plugin'
import type { Config } from '../config/settings.ts'
import { connect, type Db } from '../db/client.ts'
import { databaseState } from '../db/state.ts'
import type { Queue } from '../load/turns.ts'
import { isOutage } from '../outage.ts'

declare module 'fastify' {
  interface FastifyInstance {
    db: Db
    /** The statements that hold a connection of the pool or wait for one. */
    dbQueue: Queue
  }
}

/** `fastify.db`: the connection pool, first argument of the query functions in `src/db`; `fastify.dbQueue`: its queue. */
export default fp<Omit<Config['database'], 'clockCheckMs'>>(
  async function db(fastify, options) {
    const { db, queue, prove, close } = connect({
      ...options,
      queue: { max: options.queueMax, timeoutMs: options.queueTimeoutMs }
    })
    fastify.addHook('onClose', close)
    await prove().then(warnOfMigrations, (error) => {
      // An unreachable database may come back; until then, calls that need it get a 503.
      if (!isOutage(error)) throw error
      fastify.log.warn(
        { event: 'postgresql_away', code: error.code },
        'PostgreSQL does not answer (DATABASE_URL)'
      )
    })
    fastify.decorate('db', db)
    fastify.decorate('dbQueue', queue)

    async function warnOfMigrations(): Promise<void> {
      // If the state cannot be read, /health/ready reports it.
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
