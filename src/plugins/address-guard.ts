import { randomUUID } from 'node:crypto'
import { isIP } from 'node:net'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { GuardPolicy } from '../config/guard-policy.ts'
import { clientAddress, networkOf } from '../http/client.ts'
import { defineStep } from '../redis/step.ts'
import type { Held } from './otp.ts'

type Counted = Pick<FastifyRequest, 'ip' | 'socket' | 'undoOnFailure'>

const HOUR_SECONDS = 3_600
const DAY_SECONDS = 86_400
/** An IPv6 /48 has the places of so many /64s. */
const ADDRESSES_OF_NETWORK = 8

export interface AddressGuardOptions {
  policy: GuardPolicy['address']
}

declare module 'fastify' {
  interface FastifyInstance {
    addressGuard: ReturnType<typeof createAddressGuard>
  }
}

/**
 * `fastify.addressGuard`: what one address (IPv4, or IPv6 /64) may leave unfinished, over all numbers. A send, or a wrong
 * guess, is forgiven when its number signs in from there: honest people finish where they began.
 */
export default fp<AddressGuardOptions>(
  async function addressGuard(fastify, options) {
    fastify.decorate('addressGuard', createAddressGuard(fastify, options))
  },
  { name: 'address-guard', dependencies: ['redis', 'breaker'] }
)

function createAddressGuard({ breaker, redis }: FastifyInstance, { policy }: AddressGuardOptions) {
  const addressTake = defineStep<number[]>()(redis, 'address-take', {
    keys: [
      'entries',
      'failures',
      'signed_in',
      'network_entries',
      'network_failures',
      'network_signed_in',
      'unfinished'
    ],
    args: { name: String, places: Number, per_sign_in: Number, seconds: Number, is_guess: Number },
    policy: { addresses_of_network: ADDRESSES_OF_NETWORK }
  })
  const addressForgive = defineStep<1>()(redis, 'address-forgive', {
    keys: [
      ...(['sends', 'failures', 'signed_in', 'network_sends', 'network_failures'] as const),
      ...(['network_signed_in', 'unfinished'] as const)
    ],
    args: { phone: String }
  })
  return { takeSend, takeGuess }

  /**
   * Counts a code that is about to be sent to a number (E.164), to be given back when the request fails, unless the address
   * has too many that nobody used: then it is held, for the number's own step knows who need not wait.
   */
  async function takeSend(request: Counted, phone: string): Promise<Held> {
    const { held } = await take(request, phone, 'sends', {
      places: policy.sendsPerHour,
      per_sign_in: policy.sendsPerSignIn,
      seconds: HOUR_SECONDS
    })
    return held
  }

  /**
   * Counts a guess as a failure before it is judged, so that parallel guesses cannot share one; or holds it. Given back when
   * the request fails, unless it is kept.
   */
  async function takeGuess(request: Counted, phone: string) {
    const { held, keep, keys } = await take(request, phone, 'failures', {
      places: breaker.isStrict() ? policy.strictFailuresPerDay : policy.failuresPerDay,
      per_sign_in: policy.failuresPerSignIn,
      seconds: DAY_SECONDS
    })
    return {
      held,
      /** It was wrong. */
      keep,
      /** It was right: the number has signed in from here, and what it left unfinished here is forgiven. */
      succeed: () => addressForgive(keys, { phone })
    }
  }

  async function take(
    request: Counted,
    phone: string,
    what: 'sends' | 'failures',
    terms: { places: number; per_sign_in: number; seconds: number }
  ) {
    const name = randomUUID()
    const keys = keysOf(clientAddress(request), phone)
    const [entries, network_entries] = [keys[what], keys[`network_${what}`]]
    const keep = await request.undoOnFailure(() =>
      Promise.all([
        redis.zrem(entries, name),
        redis.zrem(network_entries, name),
        redis.zrem(keys.unfinished, name)
      ])
    )
    const [wait = 0, failures = 0, signIns = 0, ofNetwork = 0, signInsOfNetwork = 0] = await addressTake(
      { ...keys, entries, network_entries },
      { name, is_guess: Number(what === 'failures'), ...terms }
    )
    const { failuresPerDay, failuresPerSignIn } = policy
    const tooMany =
      failures >= failuresPerDay + failuresPerSignIn * signIns ||
      ofNetwork >= ADDRESSES_OF_NETWORK * failuresPerDay + failuresPerSignIn * signInsOfNetwork
    // Where somebody has signed in, people are spared while they do not guess.
    const isStrict = breaker.isStrict() && (signIns === 0 || failures >= policy.failuresPerDay)
    return { held: { address: wait, isLong: tooMany || isStrict, isStrict }, keep, keys }
  }
}

function keysOf(address: string, phone: string) {
  // The braces keep all keys of a network in one slot of a Redis Cluster.
  const network = `address:{${networkOf(address)}}`
  const own = isIP(address) === 6 ? `${network}:${address}` : network
  return {
    sends: `${own}:sends`,
    failures: `${own}:failures`,
    signed_in: `${own}:signed-in`,
    /** Names of what this number has not finished here. */
    unfinished: `${own}:unfinished:${phone}`,
    network_sends: `${network}:sends`,
    network_failures: `${network}:failures`,
    network_signed_in: `${network}:signed-in`
  }
}
