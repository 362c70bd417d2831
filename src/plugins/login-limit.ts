import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { GuardPolicy } from '../config/guard-policy.ts'
import { LoginLimit } from '../errors.ts'
import { clientAddress } from '../http/client.ts'

export interface LoginLimitOptions {
  policy: GuardPolicy['staff']
}

declare module 'fastify' {
  interface FastifyInstance {
    loginLimit: ReturnType<typeof createLoginLimit>
  }
}

/**
 * `fastify.loginLimit`: wrong passwords slow a number down and stop an address.
 *
 * After the n-th wrong password in a row a number waits 2^(n-1) seconds, at most 15 minutes; a right one ends the row, and
 * so does a day without a wrong one. From however many addresses, the first eleven guesses at a number take
 * 1 + 2 + … + 512 = 1023 seconds, and each further one 900: 11 + 94 = 105 on the first day, 96 on every other. Whenever its
 * owner signs in, the waits begin anew: some ten guesses more.
 */
export default fp<LoginLimitOptions>(
  async function loginLimit(fastify, options) {
    fastify.decorate('loginLimit', createLoginLimit(fastify, options))
  },
  { name: 'login-limit', dependencies: ['redis'] }
)

function createLoginLimit(
  { redis }: Pick<FastifyInstance, 'redis'>,
  { policy: { waitSeconds, waitMaxSeconds, maxPerAddress, windowSeconds } }: LoginLimitOptions
) {
  return { attempt }

  /**
   * Tries a password for the number (E.164) from the request's address, if both may: `verify` answers undefined when it is
   * wrong. The attempt is a failure from the start, so that parallel guesses cannot share one; a right password takes it
   * back, and so does a request that fails otherwise: then the password was not judged.
   * @throws LoginLimit
   */
  async function attempt<Login>(
    request: Pick<FastifyRequest, 'ip' | 'socket' | 'undoOnFailure'>,
    phone: string,
    verify: () => Promise<Login | undefined>
  ): Promise<Login | undefined> {
    const name = randomUUID()
    const address = clientAddress(request)
    const keep = await request.undoOnFailure(() => giveBack(phone, address, name))
    await take(phone, address, name)
    const login = await verify()
    if (login) await Promise.all([redis.del(key.number(phone)), redis.zrem(key.address(address), name)])
    else keep()
    return login
  }

  async function take(phone: string, address: string, name: string): Promise<void> {
    const waits = await Promise.all([
      redis.loginTake(key.number(phone), waitSeconds, waitMaxSeconds, name),
      redis.limitTake(key.address(address), maxPerAddress, windowSeconds, name)
    ])
    const wait = Math.max(...waits)
    if (wait > 0) throw LoginLimit({ retry_after: wait })
  }

  /** What was refused or never taken is not there to be removed. */
  async function giveBack(phone: string, address: string, name: string): Promise<void> {
    await Promise.all([redis.zrem(key.number(phone), name), redis.zrem(key.address(address), name)])
  }
}

// Two slots of a Redis Cluster: each step decides about one of them.
const key = {
  number: (phone: string) => `login:number:{${phone}}`,
  address: (address: string) => `login:address:{${address}}`
}
