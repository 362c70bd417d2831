import fp from 'fastify-plugin'
import type { Config } from '../config/settings.ts'
import { deleteOldFormerNumbers } from '../db/former-numbers.ts'
import { deleteOldPutAwayProfiles } from '../db/put-away-profiles.ts'
import { deleteOverSessions } from '../db/sessions.ts'

/**
 * Periodically deletes sessions that are over, and profiles and former numbers that nobody brought back within 30 days.
 * Processes that sweep at the same time take different rows.
 */
export default fp<Config['sweep']>(
  async function sessionSweep(fastify, { sweepSeconds, keepSeconds, sweepBatch }) {
    let sweeping: Promise<void> | undefined
    let closing = false
    const timer = setInterval(() => {
      sweeping ??= sweep()
        .catch((error) => fastify.log.warn({ err: error }, 'old sessions were not deleted'))
        .finally(() => {
          sweeping = undefined
        })
    }, sweepSeconds * 1000)
    timer.unref()
    fastify.addHook('onClose', async () => {
      closing = true
      clearInterval(timer)
      await sweeping
    })

    async function sweep(): Promise<void> {
      await untilFew(() => deleteOverSessions(fastify.db, { keepSeconds, limit: sweepBatch }))
      await untilFew(() => deleteOldPutAwayProfiles(fastify.db, sweepBatch))
      await untilFew(() => deleteOldFormerNumbers(fastify.db, sweepBatch))
    }

    async function untilFew(deleteSome: () => Promise<number>): Promise<void> {
      let deleted = sweepBatch
      while (deleted === sweepBatch && !closing) deleted = await deleteSome()
    }
  },
  { name: 'session-sweep', dependencies: ['db'] }
)
