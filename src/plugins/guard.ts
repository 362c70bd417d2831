import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { type Place, settled } from '../attempt.ts'
import type { Config } from '../config/settings.ts'
import { RateLimited, SmsUnavailable } from '../errors.ts'
import { operatorPrefix } from '../phone.ts'
import { type AddressFinding, addressKeys, guardSteps, SERVICE_KEYS } from '../redis/guard-steps.ts'
import { entryName } from '../redis/otp-names.ts'
import type { Caller, OtpTerms } from './otp.ts'

/** An IPv6 /48 has as many places as this many /64s. */
const ADDRESSES_OF_NETWORK = 8
/** How many places each number that signed in from an address in the last 24 hours adds there. */
const PER_SIGN_IN = { guesses: 2, sends: 0.5, strictGuesses: 0.1 }
const SHORTEST_CODE = 4
const FLOODS_KEPT = 10_000
const WARN_EVERY_MS = 60_000

export type GuardOptions = Pick<Config, 'address' | 'strict' | 'sms' | 'rateLimit' | 'otp'>

declare module 'fastify' {
  interface FastifyInstance {
    guard: ReturnType<typeof createGuard>
  }
}

/**
 * `fastify.guard`: the limits beyond those of the number itself. One address (IPv4, or IPv6 /64) and the whole service each
 * have places for unfinished sends and wrong guesses. Both are forgiven when their number signs in from the same address:
 * honest people finish where they began.
 */
export default fp<GuardOptions>(
  async function guard(fastify, options) {
    fastify.decorate('guard', createGuard(fastify, options))
  },
  { name: 'guard', dependencies: ['redis'] }
)

function createGuard(
  { redis, log }: FastifyInstance,
  { address, strict, rateLimit, otp, sms }: GuardOptions
) {
  // The settings assume four digits; with each further digit, ten times as many guesses carry the same risk.
  const worth = 10 ** (otp.length - SHORTEST_CODE)
  const steps = guardSteps(redis, {
    address: {
      calls_a_minute: rateLimit.max,
      addresses_of_network: ADDRESSES_OF_NETWORK,
      guesses: worth * address.failuresPerDay,
      guesses_per_sign_in: PER_SIGN_IN.guesses,
      strict_guesses: worth * strict.addressFailuresPerDay,
      strict_guesses_per_sign_in: PER_SIGN_IN.strictGuesses,
      sends: address.sendsPerHour,
      sends_per_sign_in: PER_SIGN_IN.sends
    },
    strict: {
      per_day: worth * strict.failuresPerDay,
      per_ten_minutes: worth * strict.failuresPerTenMinutes,
      percent: worth * strict.failuresPercent
    },
    sms: { per_day: sms.perDay, per_hour: sms.perHour }
  })
  /** For each address, when its flood ends (`performance.now()`). */
  const floods = new Map<string, number>()
  const warnedAt = new Map<string, number>()
  return { send, guess, left, leftAt, smsBudget: { hour: sms.perHour, day: sms.perDay } }

  /**
   * The place of a code about to be sent. Taking it throws SmsUnavailable when the service's day or hour of SMS is spent.
   * @throws RateLimited during a flood from the address, now or when the place is taken
   */
  function send(caller: Caller): Place<OtpTerms> {
    refuseFlood(caller.address)
    const name = entryName()
    return {
      async take() {
        const [found, [wait, strangerWait, strictFor]] = await settled([
          takeAt(caller, name, false),
          steps.smsTake(SERVICE_KEYS, { name })
        ])
        if (wait > 0) {
          page('sms_budget_spent', caller, 'the SMS of the day or the hour are spent: nobody gets a code')
          throw SmsUnavailable({ retry_after: wait })
        }
        if (strangerWait > 0)
          page('sms_budget_low', caller, 'a third of the SMS is unused: strangers get no code')
        return { ...terms(found, strictFor), strangerWait }
      },
      refund: () => Promise.all([giveBack(caller, name, 'sends'), steps.smsRefund(SERVICE_KEYS, { name })])
    }
  }

  /**
   * The place of a guess. The address counts it as wrong before it is judged; `settle`, called after a wrong guess, says
   * whether it counts for the whole service too.
   * @throws RateLimited during a flood from the address, now or when the place is taken
   */
  function guess(caller: Caller): Place<OtpTerms> & { settle(isForAll: boolean): Promise<unknown> } {
    refuseFlood(caller.address)
    const name = entryName()
    return {
      async take() {
        const [found, [strictFor, isEntered, isCrowded]] = await settled([
          takeAt(caller, name, true),
          steps.guessTake(SERVICE_KEYS, { name })
        ])
        if (isEntered === 1)
          log.error(
            { event: 'strict_mode_entered' },
            'strict mode: too many wrong guesses in the whole service'
          )
        const said = terms(found, strictFor)
        return isCrowded === 1 ? { ...said, strictWait: 1 } : said
      },
      refund: () =>
        Promise.all([
          giveBack(caller, name, 'failures'),
          redis.zrem(SERVICE_KEYS.pending, name),
          redis.zrem(SERVICE_KEYS.wrong, name)
        ]),
      async forgive() {
        const keys = addressKeys(caller.address, caller.phone)
        const names = await steps.addressForgive(keys, { phone: caller.phone })
        await steps.signInNote(SERVICE_KEYS, { names: names.join(' ') })
      },
      settle: (isForAll) =>
        isForAll ? steps.guessNote(SERVICE_KEYS, { name }) : redis.zrem(SERVICE_KEYS.pending, name)
    }
  }

  /** How many codes the whole service may still send, to anybody and to strangers, and the seconds left of strict mode, or 0. */
  async function left() {
    const [hour, day, ofHour, ofDay, strictSeconds] = await steps.serviceLeft(SERVICE_KEYS, {})
    return {
      hour: { anybody: hour, stranger: ofHour },
      day: { anybody: day, stranger: ofDay },
      strictSeconds
    }
  }

  /** How many sends and guesses are unfinished at an address (IPv4, or IPv6 /64), and how many it has left. */
  function leftAt({ address, phone }: Pick<Caller, 'address' | 'phone'>) {
    return steps.addressLeft(addressKeys(address, phone), {})
  }

  async function takeAt({ address, phone }: Caller, name: string, isGuess: boolean): Promise<AddressFinding> {
    const take = isGuess ? steps.addressGuess : steps.addressSend
    const [flood, ...found] = await take(addressKeys(address, phone), { name, is_guess: Number(isGuess) })
    if (flood > 0) {
      if (floods.size >= FLOODS_KEPT) floods.clear()
      floods.set(address, performance.now() + flood * 1_000)
    }
    refuseFlood(address)
    return found
  }

  /** Refuses a known flood without touching a store. */
  function refuseFlood(address: string): void {
    const left = (floods.get(address) ?? 0) - performance.now()
    if (left > 0) throw RateLimited({ retry_after: Math.ceil(left / 1_000) })
    floods.delete(address)
  }

  function giveBack({ address, phone }: Caller, name: string, what: 'sends' | 'failures'): Promise<unknown> {
    const keys = addressKeys(address, phone)
    // An IPv4 address is its own network, so the first two keys are the same.
    const sets = new Set([keys[what], keys[`network_${what}`], keys.unfinished])
    return Promise.all([...sets].map((key) => redis.zrem(key, name)))
  }

  /** Logs each event at most once a minute: a line for every request would not page anybody sooner. */
  function page(event: string, { phone, address }: Caller, message: string): void {
    const now = performance.now()
    if (now - (warnedAt.get(event) ?? Number.NEGATIVE_INFINITY) < WARN_EVERY_MS) return
    warnedAt.set(event, now)
    log.error({ event, prefix: operatorPrefix(phone), address }, message)
  }
}

/** Turns the findings of the address and the service into the terms for the number's own step in Redis. */
function terms([wait, longFor, numbers, timesSpent]: AddressFinding, strictFor: number): OtpTerms {
  // Strict mode spares an address where somebody signed in, until it has spent the guesses that strict mode allows it.
  const isStrict = strictFor > 0 && (numbers === 0 || timesSpent > 0)
  return {
    otherwise: numbers > 0 ? 'familiar' : 'stranger',
    wait,
    strangerWait: 0,
    longFor: isStrict ? Math.max(longFor, strictFor) : longFor,
    isStrict,
    strictWait: isStrict && timesSpent > 1 ? strictFor : 0
  }
}
