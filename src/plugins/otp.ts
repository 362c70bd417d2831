import { createHmac, randomInt } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { OtpAttemptLimit, OtpCooldown, OtpInvalid, OtpSendLimit } from '../errors.ts'

export interface OtpOptions {
  /** Keys the digests; at least 32 characters. */
  secret: string
  /** Digits of a code: 4 to 8. */
  length: number
  ttlSeconds: number
  /** Wait between two codes to one number. */
  resendSeconds: number
  sendsPerHour: number
  sendsPerDay: number
  /** Guesses at one code. */
  maxAttempts: number
  /** Wrong guesses at one number in 24 hours, over all its codes. */
  maxFailuresPerDay: number
  /** Accepted for every number: the customer's development mode. */
  bypassCode?: string
}

/** What a code is for; for anything else it is worth nothing. */
export type OtpPurpose = 'sign-in' | `change-phone:${string}`

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
  { name: 'otp', dependencies: ['redis'] }
)

function createOtp({ redis, log }: Pick<FastifyInstance, 'redis' | 'log'>, options: OtpOptions) {
  if (options.bypassCode) log.warn('DEBUG: one code opens every account')
  return { generate, store, withdraw, validate }

  /** A random code of `length` digits, leading zeros kept. */
  function generate(): string {
    return String(randomInt(10 ** options.length)).padStart(options.length, '0')
  }

  /**
   * Makes `code` the only valid one for the number and purpose. Tells how long it lives and when another may be sent (seconds).
   * @throws OtpCooldown, OtpSendLimit
   */
  async function store(
    phone: string,
    code: string,
    purpose: OtpPurpose = 'sign-in'
  ): Promise<{ expiresIn: number; resendIn: number }> {
    const { ttlSeconds, resendSeconds, sendsPerHour, sendsPerDay, maxFailuresPerDay } = options
    const [verdict, seconds] = await redis.otpStore(
      [
        key.code(phone, purpose),
        key.previous(phone, purpose),
        key.cooldown(phone),
        key.sends(phone),
        key.failures(phone)
      ],
      digest(phone, code, purpose),
      [ttlSeconds, resendSeconds, sendsPerHour, sendsPerDay, maxFailuresPerDay]
    )
    if (verdict === 'cooldown') throw OtpCooldown({ retry_after: seconds })
    if (verdict === 'spent') throw OtpSendLimit({ retry_after: seconds })
    return { expiresIn: ttlSeconds, resendIn: resendSeconds }
  }

  /** Undoes `store` for a code that no gateway took: the send is not counted, and the code before it is valid again. */
  async function withdraw(phone: string, code: string, purpose: OtpPurpose = 'sign-in'): Promise<void> {
    await redis.otpWithdraw(
      [key.code(phone, purpose), key.previous(phone, purpose), key.cooldown(phone), key.sends(phone)],
      digest(phone, code, purpose)
    )
  }

  /**
   * Spends the code if it is the right one.
   * @throws OtpInvalid, OtpAttemptLimit
   */
  async function validate(phone: string, code: string, purpose: OtpPurpose = 'sign-in'): Promise<void> {
    if (code === options.bypassCode) {
      log.warn({ event: 'debug_code_used' }, 'the DEBUG code was used')
      return
    }
    const [verdict, number] = await redis.otpValidate(
      [key.code(phone, purpose), key.failures(phone)],
      digest(phone, code, purpose),
      [options.maxAttempts, options.maxFailuresPerDay]
    )
    if (verdict === 'spent') throw OtpAttemptLimit({ retry_after: number })
    if (verdict === 'invalid') throw OtpInvalid({ attempts_left: number })
  }

  /** Ten thousand codes are soon hashed: without the key, a digest tells nothing. */
  function digest(phone: string, code: string, purpose: OtpPurpose): string {
    return createHmac('sha256', options.secret).update(`${purpose}:${phone}:${code}`).digest('hex')
  }
}

// The braces keep all keys of a number in one slot of a Redis Cluster. Its budgets are one for all purposes.
const key = {
  code: (phone: string, purpose: OtpPurpose) => `otp:{${phone}}:code:${purpose}`,
  previous: (phone: string, purpose: OtpPurpose) => `otp:{${phone}}:previous:${purpose}`,
  cooldown: (phone: string) => `otp:{${phone}}:cooldown`,
  sends: (phone: string) => `otp:{${phone}}:sends`,
  failures: (phone: string) => `otp:{${phone}}:failures`
}
