import { randomBytes } from 'node:crypto'
import fp from 'fastify-plugin'
import fastq from 'fastq'
import { ServiceBusy } from '../errors.ts'
import { hashPassword, verifyPassword } from '../password.ts'

export interface PasswordsOptions {
  /** Hashes computed at the same time: more than cores gains nothing and delays everybody. */
  concurrency: number
  /** Verifications that may wait for their turn. */
  queueMax: number
}

export interface Passwords {
  /**
   * Whether the password matches. Without a hash it works as long and says no, so that the time does not tell who exists.
   * @throws ServiceBusy when the queue is full
   */
  verify(password: string, hash: string | null | undefined): Promise<boolean>
}

declare module 'fastify' {
  interface FastifyInstance {
    passwords: Passwords
  }
}

/** `fastify.passwords`: argon2id, a few at a time. */
export default fp<PasswordsOptions>(
  async function passwords(fastify, { concurrency, queueMax }) {
    const decoy = await hashPassword(randomBytes(32).toString('hex'))
    const queue = fastq.promise(
      ({ password, hash }: { password: string; hash: string }) => verifyPassword(hash, password),
      concurrency
    )
    fastify.decorate('passwords', {
      async verify(password, hash) {
        if (queue.running() >= concurrency && queue.length() >= queueMax) throw ServiceBusy()
        const matches = await queue.push({ password, hash: hash ?? decoy })
        return matches && hash != null
      }
    })
  },
  { name: 'passwords' }
)
