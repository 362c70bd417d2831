import { createHmac, randomInt } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { OtpAttemptLimit, OtpCooldown, OtpInvalid, OtpSendLimit } from '../errors.ts'
import type { GuardPolicy } from '../guard-policy.ts'

export interface OtpOptions {
  /** Keys the digests; at least 32 characters. */
  secret: string
  /** Digits of a code, and of one for a number that is being guessed at: 4 to 8. */
  length: number
  longLength: number
  ttlSeconds: number
  /** Wait between two codes to one number. */
  resendSeconds: number
  policy: GuardPolicy['number']
  /** In its place while the service is strict. */
  strict: GuardPolicy['strict']['number']
  /** Accepted for every number: the customer's development mode. */
  bypassCode?: string
}

/** What a code is for; for anything else it is worth nothing. */
export type OtpPurpose = 'sign-in' | `change-phone:${string}`

/** Who asks for a code or brings one, and what for. */
export interface OtpUse {
  purpose: OtpPurpose
  address: string
}

/** Two codes, of which the guard takes one. */
export interface OtpCodes {
  short: string
  long: string
}

export type Otp = ReturnType<typeof createOtp>

declare module 'fastify' {
  interface FastifyInstance {
    otp: Otp
  }
}

/** `fastify.otp`: one-time passcodes by phone number (E.164). Every decision is one atomic step in Redis. */
export default fp<OtpOptions>(
  async function otp(fastify, options) {
    fastify.decorate('otp', createOtp(fastify, options))
  },
  { name: 'otp', dependencies: ['redis', 'breaker'] }
)

function createOtp(
  { breaker, redis, log }: Pick<FastifyInstance, 'breaker' | 'redis' | 'log'>,
  options: OtpOptions
) {
  const { policy, strict } = options
  if (options.bypassCode) log.warn('DEBUG: one code opens every account')
  return { generate, store, withdraw, validate }

  /** A random code, and a longer one in case that the number is being guessed at; leading zeros kept. */
  function generate(): OtpCodes {
    const digits = (length: number) => String(randomInt(10 ** length)).padStart(length, '0')
    return { short: digits(options.length), long: digits(Math.max(options.length, options.longLength)) }
  }

  /**
   * Makes one of the codes the only valid one for the number and purpose, and tells which: the long one after too many
   * failures. Tells also how long it lives and when another may be sent (seconds).
   * @throws OtpCooldown, OtpSendLimit
   */
  async function store(
    phone: string,
    codes: OtpCodes,
    use: OtpUse
  ): Promise<{ code: string; expiresIn: number; resendIn: number }> {
    const { ttlSeconds, resendSeconds } = options
    const { shortInRow, guessesPerCode } = breaker.isStrict() ? strict : policy
    const [verdict, seconds] = await redis.otpStore(
      [
        ...[key.code(phone, use), key.previous(phone, use), key.cooldown(phone), key.sends(phone)],
        ...[
          key.short(phone),
          key.row(phone),
          key.known(phone),
          key.knownCooldown(phone),
          key.knownSends(phone)
        ]
      ],
      digest(phone, codes.short, use),
      digest(phone, codes.long, use),
      addressDigest(use),
      [
        ...[ttlSeconds, resendSeconds, policy.sendsPerHour, policy.sendsPerDay],
        ...[policy.shortPerDay - policy.shortKeptBack, shortInRow, guessesPerCode]
      ]
    )
    if (verdict === 'cooldown') throw OtpCooldown({ retry_after: seconds })
    if (verdict === 'spent') throw OtpSendLimit({ retry_after: seconds })
    return { code: codes[verdict], expiresIn: ttlSeconds, resendIn: resendSeconds }
  }

  /** Undoes `store` for a code that no gateway took: the send is not counted, and the code before it is valid again. */
  async function withdraw(phone: string, code: string, use: OtpUse): Promise<void> {
    await redis.otpWithdraw(
      [
        ...[key.code(phone, use), key.previous(phone, use), key.cooldown(phone), key.sends(phone)],
        ...[key.knownCooldown(phone), key.knownSends(phone)]
      ],
      digest(phone, code, use)
    )
  }

  /**
   * Spends the code if it is the right one.
   * @throws OtpInvalid, OtpAttemptLimit
   */
  async function validate(phone: string, code: string, use: OtpUse): Promise<void> {
    if (code === options.bypassCode) {
      log.warn({ event: 'debug_code_used' }, 'the DEBUG code was used')
      return
    }
    // Codes that were collected before strict mode began would be guessed at all at once.
    const { shortInRow } = breaker.isStrict() ? strict : policy
    const [verdict, number] = await redis.otpValidate(
      [
        ...[key.code(phone, use), key.short(phone), key.long(phone), key.knownLong(phone)],
        ...[key.row(phone), key.known(phone)]
      ],
      digest(phone, code, use),
      addressDigest(use),
      [
        ...[policy.shortPerDay, policy.shortKeptBack, policy.longPerDay],
        ...[policy.longKeptBack, policy.longPerDay, policy.failuresWithoutWait, policy.waitSeconds],
        ...[policy.waitMaxSeconds, policy.hourlyInRow, shortInRow]
      ]
    )
    if (verdict === 'spent') throw OtpAttemptLimit({ retry_after: number })
    if (verdict === 'valid') return
    // Only what was judged: guesses at nothing win nothing, and must not shift what is usual.
    if (verdict === 'invalid') await breaker.noteFailure().catch(notNoted)
    throw OtpInvalid({ attempts_left: number })
  }

  function notNoted(error: unknown): void {
    log.warn({ err: error }, 'a failed guess was not noted')
  }

  /** Ten thousand codes are soon hashed: without the key, a digest tells nothing. */
  function digest(phone: string, code: string, { purpose }: OtpUse): string {
    return hmac(`${purpose}:${phone}:${code}`)
  }

  function addressDigest({ address }: OtpUse): string {
    return hmac(`address:${address}`)
  }

  function hmac(text: string): string {
    return createHmac('sha256', options.secret).update(text).digest('hex')
  }
}

// The braces keep all keys of a number in one slot of a Redis Cluster. Its budgets are one for all purposes.
const key = {
  code: (phone: string, { purpose }: OtpUse) => `otp:{${phone}}:code:${purpose}`,
  previous: (phone: string, { purpose }: OtpUse) => `otp:{${phone}}:previous:${purpose}`,
  cooldown: (phone: string) => `otp:{${phone}}:cooldown`,
  sends: (phone: string) => `otp:{${phone}}:sends`,
  short: (phone: string) => `otp:{${phone}}:failures`,
  long: (phone: string) => `otp:{${phone}}:failures:long`,
  row: (phone: string) => `otp:{${phone}}:failures:row`,
  // Of the addresses from which the number has signed in.
  known: (phone: string) => `otp:{${phone}}:known`,
  knownCooldown: (phone: string) => `otp:{${phone}}:known:cooldown`,
  knownSends: (phone: string) => `otp:{${phone}}:known:sends`,
  knownLong: (phone: string) => `otp:{${phone}}:known:failures`
}
