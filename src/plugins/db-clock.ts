import fp from 'fastify-plugin'
import { readClock } from '../db/deadline.ts'

export interface DbClockOptions {
  /** How often it is read (ms). */
  checkMs: number
}

export interface DbClock {
  /** What the clock of the database will show at a moment of `performance.now()`: ISO 8601. */
  at(moment: number): Promise<string>
}

declare module 'fastify' {
  interface FastifyInstance {
    dbClock: DbClock
  }
}

/** A reading that took longer (ms) says too little. */
const SLOW_MS = 1_000

/**
 * `fastify.dbClock`: the database's clock, read now and then and counted on in between by a clock that is never set. The
 * clocks of the processes may differ, and jump.
 */
export default fp<DbClockOptions>(
  async function dbClock(fastify, { checkMs }) {
    let offset: number | undefined
    let reading: Promise<number> | undefined
    const timer = setInterval(() => {
      // An outage leaves it as it is; whatever needs PostgreSQL says so itself.
      read().catch(() => {})
    }, checkMs)
    timer.unref()
    fastify.addHook('onClose', async () => clearInterval(timer))
    fastify.decorate('dbClock', {
      async at(moment) {
        offset ??= await read()
        return new Date(offset + moment).toISOString()
      }
    })

    function read(): Promise<number> {
      reading ??= measure().finally(() => {
        reading = undefined
      })
      return reading
    }

    async function measure(): Promise<number> {
      const before = performance.now()
      const now = await readClock(fastify.db)
      const after = performance.now()
      const measured = now - (before + after) / 2
      if (offset === undefined || after - before < SLOW_MS) offset = measured
      return offset
    }
  },
  { name: 'db-clock', dependencies: ['db'] }
)
