import fp from 'fastify-plugin'
import type { Config } from '../config/settings.ts'
import { readClock, StatementLate } from '../db/deadline.ts'

export interface DbClock {
  /** The database's time at a moment of `performance.now()`, estimated a little early rather than late: ISO 8601. */
  at(moment: number): Promise<string>
  /** Whether a time (seconds since 1970) has passed by the database's clock. */
  isPast(seconds: number): Promise<boolean>
  /** How far this process's clock is ahead of the database's at the moment, in whole seconds. */
  skewSeconds(): Promise<number>
}

declare module 'fastify' {
  interface FastifyInstance {
    dbClock: DbClock
  }
}

/** A reading that took longer than this (ms) is too inaccurate. */
const SLOW_MS = 1_000
/** More than NTP lets clocks differ (ms). */
const SKEW_MS = 5_000

/**
 * `fastify.dbClock`: the database's clock, read periodically and continued in between by the monotonic clock, because the
 * wall clocks of the processes may differ and jump.
 */
export default fp<Pick<Config['database'], 'clockCheckMs'>>(
  async function dbClock(fastify, { clockCheckMs }) {
    let offset: number | undefined
    /** How far off the offset may be, in milliseconds. */
    let slack = 0
    let warnedOf = 0
    let reading: Promise<number> | undefined
    // An outage leaves the offset as it is; whatever needs PostgreSQL reports the outage itself.
    const check = () => {
      read().catch(() => {})
    }
    const timer = setInterval(check, clockCheckMs)
    timer.unref()
    // The database's clock may have jumped, e.g. to that of another server.
    fastify.addHook('onError', async (_request, _reply, error) => {
      if (error instanceof StatementLate) check()
    })
    fastify.addHook('onReady', async () => check())
    fastify.addHook('onClose', async () => clearInterval(timer))

    const timeAt = async (moment: number) => (offset ?? (await read())) + moment
    fastify.decorate('dbClock', {
      // Errs on the early side: a statement must not count as in time when its request is over.
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
      // A slow reading still replaces a less accurate one.
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
