import fp from 'fastify-plugin'
import { deleteOldFormerNumbers } from '../db/former-numbers.ts'
import { deleteOldPutAwayProfiles } from '../db/put-away-profiles.ts'
import { deleteOverSessions } from '../db/sessions.ts'

export interface SessionSweepOptions {
  everySeconds: number
  /** How long a session is kept after its end. */
  keepSeconds: number
  /** Rows deleted in one statement: few enough that nobody waits for their locks. */
  batch: number
}

/** Deletes sessions that are over, and what nobody brought back in 30 days, now and then. Processes that sweep at the same time take different rows. */
export default fp<SessionSweepOptions>(
  async function sessionSweep(fastify, { everySeconds, keepSeconds, batch }) {
    let sweeping: Promise<void> | undefined
    let closing = false
    const timer = setInterval(() => {
      sweeping ??= sweep()
        .catch((error) => fastify.log.warn({ err: error }, 'old sessions were not deleted'))
        .finally(() => {
          sweeping = undefined
        })
    }, everySeconds * 1000)
    timer.unref()
    fastify.addHook('onClose', async () => {
      closing = true
      clearInterval(timer)
      await sweeping
    })

    async function sweep(): Promise<void> {
      await untilFew(() => deleteOverSessions(fastify.db, { keepSeconds, limit: batch }))
      await untilFew(() => deleteOldPutAwayProfiles(fastify.db, batch))
      await untilFew(() => deleteOldFormerNumbers(fastify.db, batch))
    }

    async function untilFew(deleteSome: () => Promise<number>): Promise<void> {
      let deleted = batch
      while (deleted === batch && !closing) deleted = await deleteSome()
    }
  },
  { name: 'session-sweep', dependencies: ['db'] }
)
