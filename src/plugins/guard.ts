import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { type Place, settled } from '../attempt.ts'
import type { Config } from '../config/settings.ts'
import { RateLimited, SmsUnavailable } from '../errors.ts'
import { operatorPrefix } from '../phone.ts'
import { type AddressFinding, addressKeys, guardSteps, SERVICE_KEYS } from '../redis/guard-steps.ts'
import { entryName } from '../redis/otp-names.ts'
import type { Caller, OtpTerms } from './otp.ts'

/** The /64s whose places an IPv6 /48 has. */
const ADDRESSES_OF_NETWORK = 8
/** What each number that has signed in from an address in 24 hours adds to its places. */
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
 * `fastify.guard`: what is counted elsewhere than at the number itself, where one address (IPv4, or IPv6 /64) and the whole
 * service have places for what is unfinished. A send, or a wrong guess, is forgiven when its number signs in from there:
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
  // The settings are for four digits; with each more, ten times as many guesses are worth the same.
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
  /** Addresses, and the end of their flood (`performance.now()`). */
  const floods = new Map<string, number>()
  const warnedAt = new Map<string, number>()
  return { send, guess, left, leftAt, smsBudget: { hour: sms.perHour, day: sms.perDay } }

  /**
   * For a code that is about to be sent. Taking it throws SmsUnavailable when the service has spent its day or its hour.
   * @throws RateLimited in a flood from the address, now or when it is taken
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
   * For a guess. At the address it counts as a wrong one before it is judged; `settle` counts one that was wrong for the
   * whole service too, or not.
   * @throws RateLimited in a flood from the address, now or when it is taken
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

  /** The codes that the whole service may still send, to anybody and to strangers, and the seconds of strict mode, or 0. */
  async function left() {
    const [hour, day, ofHour, ofDay, strictSeconds] = await steps.serviceLeft(SERVICE_KEYS, {})
    return {
      hour: { anybody: hour, stranger: ofHour },
      day: { anybody: day, stranger: ofDay },
      strictSeconds
    }
  }

  /** What is unfinished at an address (IPv4, or IPv6 /64), and what is left there. */
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

  /** What is known to be a flood touches no store. */
  function refuseFlood(address: string): void {
    const left = (floods.get(address) ?? 0) - performance.now()
    if (left > 0) throw RateLimited({ retry_after: Math.ceil(left / 1_000) })
    floods.delete(address)
  }

  function giveBack({ address, phone }: Caller, name: string, what: 'sends' | 'failures'): Promise<unknown> {
    const keys = addressKeys(address, phone)
    // An address of IPv4 is its own network.
    const sets = new Set([keys[what], keys[`network_${what}`], keys.unfinished])
    return Promise.all([...sets].map((key) => redis.zrem(key, name)))
  }

  /** Once a minute: a line for every request pages nobody better. */
  function page(event: string, { phone, address }: Caller, message: string): void {
    const now = performance.now()
    if (now - (warnedAt.get(event) ?? Number.NEGATIVE_INFINITY) < WARN_EVERY_MS) return
    warnedAt.set(event, now)
    log.error({ event, prefix: operatorPrefix(phone), address }, message)
  }
}

/** What the address and the service say, as the number's own step is told it. */
function terms([wait, longFor, numbers, timesSpent]: AddressFinding, strictFor: number): OtpTerms {
  // An address where somebody signed in is spared strict mode until it has spent the guesses that strict mode leaves it.
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
