import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { GuardPolicy } from '../config/guard-policy.ts'
import { clientAddress } from '../http/client.ts'
import type { Held } from './otp.ts'

type Counted = Pick<FastifyRequest, 'ip' | 'socket' | 'undoOnFailure'>

const HOUR_SECONDS = 3_600
const DAY_SECONDS = 86_400

export interface AddressGuardOptions {
  policy: GuardPolicy['address']
  /** In its place while the service is strict. */
  strict: GuardPolicy['strict']['address']
}

declare module 'fastify' {
  interface FastifyInstance {
    addressGuard: ReturnType<typeof createAddressGuard>
  }
}

/** `fastify.addressGuard`: what one address (IPv4, or IPv6 /64) may send and guess, over all numbers. */
export default fp<AddressGuardOptions>(
  async function addressGuard(fastify, options) {
    fastify.decorate('addressGuard', createAddressGuard(fastify, options))
  },
  { name: 'address-guard', dependencies: ['redis', 'breaker'] }
)

function createAddressGuard(
  { breaker, redis }: Pick<FastifyInstance, 'breaker' | 'redis'>,
  { policy, strict }: AddressGuardOptions
) {
  return { takeSend, takeGuess }

  /**
   * Counts a code that is about to be sent to a number (E.164), to be given back when the request fails, unless the address
   * has spent its sends: then it is held, for the number's own step knows who need not wait.
   */
  async function takeSend(request: Counted, phone: string): Promise<Held> {
    const name = randomUUID()
    const address = clientAddress(request)
    const limits = [policy.sendsPerHour, 1, HOUR_SECONDS, policy.numbersPerHour]
    await request.undoOnFailure(() => redis.zrem(key.sends(address), name))
    return { address: await redis.addressTake(windows(key.sends, address), name, phone, limits) }
  }

  /**
   * Counts a guess as a failure before it is judged, so that parallel guesses cannot share one; or holds it. Given back when
   * the request fails, unless it is kept.
   */
  async function takeGuess(request: Counted, phone: string) {
    const name = randomUUID()
    const address = clientAddress(request)
    const { failuresPerDay } = breaker.isStrict() ? strict : policy
    const limits = [failuresPerDay, policy.failuresPerSignIn, DAY_SECONDS, policy.numbersPerHour]
    const keep = await request.undoOnFailure(() => redis.zrem(key.failures(address), name))
    const wait = await redis.addressTake(windows(key.failures, address), name, phone, limits)
    return {
      held: { address: wait },
      /** It was wrong. */
      keep,
      /** It was right: the number has signed in from here. */
      succeed: () => redis.addressSucceed([key.failures(address), key.signedIn(address)], name, phone)
    }
  }
}

// The braces keep all keys of an address in one slot of a Redis Cluster.
const key = {
  sends: (address: string) => `address:{${address}}:sends`,
  failures: (address: string) => `address:{${address}}:failures`,
  numbers: (address: string) => `address:{${address}}:numbers`,
  signedIn: (address: string) => `address:{${address}}:signed-in`
}

function windows(window: (address: string) => string, address: string): string[] {
  return [window(address), key.numbers(address), key.signedIn(address)]
}
