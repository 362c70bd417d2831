import fp from 'fastify-plugin'
import { readClock } from '../db/deadline.ts'

export interface DbClockOptions {
  /** How often it is read (ms). */
  checkMs: number
}

export interface DbClock {
  /** What the clock of the database will show at a moment of `performance.now()`: ISO 8601. */
  at(moment: number): Promise<string>
  /** Whether a time (seconds since 1970) is over by the clock of the database. */
  isPast(seconds: number): Promise<boolean>
  /** By how much the clock of this process is ahead (seconds); undefined until the database has answered once. */
  skewSeconds(): number | undefined
}

declare module 'fastify' {
  interface FastifyInstance {
    dbClock: DbClock
  }
}

/** A reading that took longer (ms) says too little. */
const SLOW_MS = 1_000
/** More than clocks differ that are kept by NTP. */
const SKEW_SECONDS = 5

/**
 * `fastify.dbClock`: the database's clock, read now and then and counted on in between by a clock that is never set. The
 * clocks of the processes may differ, and jump.
 */
export default fp<DbClockOptions>(
  async function dbClock(fastify, { checkMs }) {
    let offset: number | undefined
    let skew: number | undefined
    let warnedOf = 0
    let reading: Promise<number> | undefined
    const timer = setInterval(() => {
      // An outage leaves it as it is; whatever needs PostgreSQL says so itself.
      read().catch(() => {})
    }, checkMs)
    timer.unref()
    fastify.addHook('onClose', async () => clearInterval(timer))

    const timeAt = async (moment: number) => (offset ?? (await read())) + moment
    fastify.decorate('dbClock', {
      at: async (moment) => new Date(await timeAt(moment)).toISOString(),
      isPast: async (seconds) => seconds * 1_000 <= (await timeAt(performance.now())),
      skewSeconds: () => skew
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
      if (offset === undefined || after - before < SLOW_MS) {
        offset = measured
        compare(Date.now() - (offset + after))
      }
      return offset
    }

    function compare(aheadMs: number): void {
      skew = Math.round(aheadMs / 1_000)
      if (Math.abs(skew - warnedOf) <= SKEW_SECONDS) return
      warnedOf = skew
      fastify.log.warn(
        { event: 'clock_skew', skew_seconds: skew },
        'the clock of this process differs from the one of PostgreSQL, which counts'
      )
    }
  },
  { name: 'db-clock', dependencies: ['db'] }
)
