import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import fp from 'fastify-plugin'
import type { Config } from '../config/settings.ts'
import { ServiceBusy } from '../errors.ts'
import { createTurns, type Turns } from '../load/turns.ts'
import { isUnusable } from '../passwords/django.ts'
import { hashPassword, needsRehash, verifyPassword } from '../passwords/hash.ts'

export interface Passwords {
  /** Logins waiting for a hash: `known` for numbers at sources where they have signed in before, `stranger` for all others. */
  readonly queues: Readonly<Record<Lane, Turns>>
  /**
   * Whether the password matches. Without a hash it takes as long and says no, so that timing does not reveal who exists.
   * @throws ServiceBusy when the queue is full
   */
  verify(password: string, hash: string | null | undefined, lane: Lane): Promise<boolean>
  /**
   * Returns the hash that should replace the one a password has just matched; undefined when that one is good enough.
   * @throws ServiceBusy when the queue is full
   */
  rehash(password: string, hash: string, lane: Lane): Promise<string | undefined>
}

/** Threads of libuv's pool, in which argon2 and bcrypt hash (UV_THREADPOOL_SIZE): more places would only hide the queue. */
const HASH_THREADS = 4

export type Lane = 'known' | 'stranger'

declare module 'fastify' {
  interface FastifyInstance {
    passwords: Passwords
  }
}

/** `fastify.passwords`: argon2id (and Django hashes), a few at a time; a flood of strangers does not keep known staff out. */
export default fp<Omit<Config['passwords'], 'minLength'>>(
  async function passwords(
    fastify,
    { hashConcurrency = Math.min(availableParallelism(), HASH_THREADS) - 1, hashQueueMax, hashWaitMs }
  ) {
    const decoy = await hashPassword(randomBytes(32).toString('hex'))
    const lane = (share: number) =>
      createTurns({
        places: Math.max(1, Math.floor(hashConcurrency * share)),
        max: hashQueueMax,
        timeoutMs: hashWaitMs,
        busy: () => ServiceBusy()
      })
    const queues = { known: lane(1), stranger: lane(1 / 2) }
    fastify.decorate('passwords', {
      queues,
      async verify(password, hash, lane) {
        const usable = hash != null && !isUnusable(hash)
        const matches = await queues[lane].run(() => verifyPassword(usable ? hash : decoy, password))
        return matches && usable
      },
      async rehash(password, hash, lane) {
        return needsRehash(hash) ? queues[lane].run(() => hashPassword(password)) : undefined
      }
    })
  },
  { name: 'passwords' }
)
