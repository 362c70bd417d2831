import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import fp from 'fastify-plugin'
import fastq from 'fastq'
import type { Config } from '../config/settings.ts'
import { ServiceBusy } from '../errors.ts'
import { isUnusable } from '../passwords/django.ts'
import { hashPassword, needsRehash, verifyPassword } from '../passwords/hash.ts'

export interface Passwords {
  /**
   * Whether the password matches. Without a hash it works as long and says no, so that the time does not tell who exists.
   * @throws ServiceBusy when the queue is full
   */
  verify(password: string, hash: string | null | undefined): Promise<boolean>
  /**
   * The hash that should replace the one a password has just matched; undefined when that is good enough.
   * @throws ServiceBusy when the queue is full
   */
  rehash(password: string, hash: string): Promise<string | undefined>
  /** Hashes under way, and those that wait. */
  load(): { running: number; waiting: number }
}

declare module 'fastify' {
  interface FastifyInstance {
    passwords: Passwords
  }
}

/** `fastify.passwords`: argon2id (and what came from Django), a few at a time. */
export default fp<Omit<Config['passwords'], 'minLength'>>(
  async function passwords(fastify, { hashConcurrency = availableParallelism(), hashQueueMax }) {
    const decoy = await hashPassword(randomBytes(32).toString('hex'))
    const queue = fastq.promise((work: () => Promise<void>) => work(), hashConcurrency)
    fastify.decorate('passwords', {
      async verify(password, hash) {
        const usable = hash != null && !isUnusable(hash)
        const matches = await inTurn(() => verifyPassword(usable ? hash : decoy, password))
        return matches && usable
      },
      async rehash(password, hash) {
        return needsRehash(hash) ? inTurn(() => hashPassword(password)) : undefined
      },
      load: () => ({ running: queue.running(), waiting: queue.length() })
    })

    function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
      if (queue.running() >= hashConcurrency && queue.length() >= hashQueueMax) throw ServiceBusy()
      return new Promise((resolve, reject) => {
        void queue.push(() => work().then(resolve, reject))
      })
    }
  },
  { name: 'passwords' }
)
