import fp from 'fastify-plugin'
import type { Config } from '../config/settings.ts'
import { readClock, StatementLate } from '../db/deadline.ts'

export interface DbClock {
  /** What the clock of the database will show at a moment of `performance.now()`, or a little earlier: ISO 8601. */
  at(moment: number): Promise<string>
  /** Whether a time (seconds since 1970) is over by the clock of the database. */
  isPast(seconds: number): Promise<boolean>
  /** By how much the clock of this process is ahead at this moment (whole seconds). */
  skewSeconds(): Promise<number>
}

declare module 'fastify' {
  interface FastifyInstance {
    dbClock: DbClock
  }
}

/** A reading that took longer (ms) says too little. */
const SLOW_MS = 1_000
/** More than clocks differ that are kept by NTP. */
const SKEW_MS = 5_000

/**
 * `fastify.dbClock`: the database's clock, read now and then and counted on in between by a clock that is never set. The
 * clocks of the processes may differ, and jump.
 */
export default fp<Pick<Config['database'], 'clockCheckMs'>>(
  async function dbClock(fastify, { clockCheckMs }) {
    let offset: number | undefined
    /** By how much the offset may be wrong (ms). */
    let slack = 0
    let warnedOf = 0
    let reading: Promise<number> | undefined
    // An outage leaves it as it is; whatever needs PostgreSQL says so itself.
    const check = () => {
      read().catch(() => {})
    }
    const timer = setInterval(check, clockCheckMs)
    timer.unref()
    // The clock of the database jumped, e.g. to that of another server.
    fastify.addHook('onError', async (_request, _reply, error) => {
      if (error instanceof StatementLate) check()
    })
    fastify.addHook('onReady', async () => check())
    fastify.addHook('onClose', async () => clearInterval(timer))

    const timeAt = async (moment: number) => (offset ?? (await read())) + moment
    fastify.decorate('dbClock', {
      // Rather too early than too late: a statement must not be in time when its request is over.
      at: async (moment) => new Date((await timeAt(moment)) - slack).toISOString(),
      isPast: async (seconds) => seconds * 1_000 <= (await timeAt(performance.now())),
      async skewSeconds() {
        const start = await timeAt(0)
        return Math.round((Date.now() - start - performance.now()) / 1_000)
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
      const error = (after - before) / 2
      // A slow reading is better than a slower one.
      if (offset === undefined || after - before < SLOW_MS || error < slack) {
        offset = measured
        slack = error
        compare(Date.now() - (offset + after))
      }
      return offset
    }

    function compare(skewMs: number): void {
      if (Math.abs(skewMs - warnedOf) <= SKEW_MS) return
      const agrees = Math.abs(skewMs) <= SKEW_MS
      warnedOf = agrees ? 0 : skewMs
      fastify.log[agrees ? 'info' : 'warn'](
        { event: 'clock_skew', skew_seconds: Math.round(skewMs / 1_000) },
        `the clock of this process ${agrees ? 'agrees again with' : 'differs from'} the one of PostgreSQL, which counts`
      )
    }
  },
  { name: 'db-clock', dependencies: ['db'] }
)
