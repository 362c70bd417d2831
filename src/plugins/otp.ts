import { createHmac, randomBytes, randomInt, randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { GuardPolicy } from '../config/guard-policy.ts'
import type { Config } from '../config/settings.ts'
import { NothingToGuessAt, OtpAttemptLimit, OtpCooldown, OtpInvalid, OtpSendLimit } from '../errors.ts'
import { otpKeys } from '../redis/otp-keys.ts'

export interface OtpOptions
  extends Pick<Config['otp'], 'secret' | 'length' | 'longLength' | 'ttlSeconds' | 'resendSeconds'> {
  policy: GuardPolicy['number']
  /** Accepts 1111 for every number: the customer's development mode. */
  debug: boolean
}

const DEBUG_CODE = '1111'

/** What a code is for; for anything else it is worth nothing. */
export type OtpPurpose = 'sign-in' | `change-phone:${string}`

/** How long (seconds) a number's code must wait for what was done elsewhere. */
export interface Held {
  /** From this address: all but known devices. */
  address?: number
  /** To numbers like this one: strangers to it. */
  stranger?: number
  /** Strangers get a long code: too many guesses were wrong, from this address or everywhere. */
  isLong?: boolean
  /** The short codes of strangers are void: too many guesses were wrong everywhere. */
  isStrict?: boolean
}

/** Who asks for a code or brings one, and what for. */
export interface OtpUse {
  purpose: OtpPurpose
  address: string
  /** What an earlier sign-in gave to this device. */
  deviceToken?: string | undefined
  held?: Held
  /** Names this guess, and becomes the token of a device that was not known; 128 random bits. */
  newToken?: string
}

/** Two codes, of which the guard takes one, and a name by which this send can be taken back, and no other. */
export interface OtpCodes {
  send: string
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
  const { policy } = options
  if (options.debug) log.warn('DEBUG: one code opens every account')
  return { generate, store, withdraw, newToken, validate, unspend, forgetDevices }

  /** A random code, and a longer one in case that the number is being guessed at; leading zeros kept. */
  function generate(): OtpCodes {
    const digits = (length: number) => String(randomInt(10 ** length)).padStart(length, '0')
    const { length, longLength } = options
    return { send: randomUUID(), short: digits(length), long: digits(Math.max(length, longLength)) }
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
    const { held = {} } = use
    const { code, previous, short, row, known, sends } = otpKeys(phone, use.purpose)
    const [verdict, seconds] = await redis.otpStore(
      [code, previous, short, row, known, ...sends],
      codes.send,
      digest(phone, codes.short, use),
      digest(phone, codes.long, use),
      addressName(use),
      deviceName(use.deviceToken),
      [
        ...[ttlSeconds, resendSeconds, policy.sendsPerHour, policy.sendsPerDay],
        ...[policy.shortPerDay - policy.shortKeptBack, policy.shortInRow - policy.shortKeptBack],
        ...[policy.guessesPerCode, policy.knownSeconds],
        ...[held.address ?? 0, held.stranger ?? 0, Number(held.isLong ?? false)]
      ]
    )
    if (verdict === 'cooldown') throw OtpCooldown({ retry_after: seconds })
    if (verdict === 'spent') throw OtpSendLimit({ retry_after: seconds })
    return { code: codes[verdict], expiresIn: ttlSeconds, resendIn: resendSeconds }
  }

  /**
   * Undoes `store` for codes that no gateway took: the send is not counted, and the code before it is valid again. Nothing
   * happens when they were not stored.
   */
  async function withdraw(phone: string, { send }: OtpCodes, { purpose }: OtpUse): Promise<void> {
    const { code, previous, sends } = otpKeys(phone, purpose)
    await redis.otpWithdraw([code, previous, ...sends], send)
  }

  /**
   * Spends the code if it is the right one. Gives the token by which this device is known to the number from now on; none
   * for the DEBUG code, which proves nothing.
   * @throws OtpInvalid (NothingToGuessAt when nothing was judged), OtpAttemptLimit
   */
  async function validate(phone: string, guess: string, use: OtpUse): Promise<string | undefined> {
    if (options.debug && guess === DEBUG_CODE) {
      log.warn({ event: 'debug_code_used' }, 'the DEBUG code was used')
      return undefined
    }
    const token = use.newToken ?? newToken()
    const { code, spent, short, row, known, long } = otpKeys(phone, use.purpose)
    const [verdict, number] = await redis.otpValidate(
      [code, short, row, known, ...long, spent],
      digest(phone, guess, use),
      addressName(use),
      deviceName(use.deviceToken),
      deviceName(token),
      [
        ...[use.held?.address ?? 0, Number(use.held?.isStrict ?? false)],
        ...[policy.shortPerDay, policy.shortKeptBack, policy.longPerDay, policy.longKeptBack],
        ...[policy.failuresWithoutWait, policy.waitSeconds, policy.waitMaxSeconds],
        ...[policy.hourlyInRow, policy.shortInRow, policy.knownSeconds]
      ]
    )
    if (verdict === 'spent') throw OtpAttemptLimit({ retry_after: number })
    // Not awaited: these are service-wide statistics. Guesses at nothing win nothing, and must not shift what is usual.
    if (verdict === 'valid') void breaker.noteSignIn().catch(notNoted)
    if (verdict === 'invalid') void breaker.noteFailure().catch(notNoted)
    if (verdict === 'void') throw new NothingToGuessAt()
    if (verdict === 'invalid') throw OtpInvalid({ attempts_left: number })
    return number === 1 ? use.deviceToken : token
  }

  function newToken(): string {
    return randomBytes(16).toString('base64url')
  }

  /** Puts the code back that this guess has spent, if it has: what it was spent on came to nothing. */
  async function unspend(phone: string, { purpose, newToken }: OtpUse): Promise<void> {
    const { code, spent } = otpKeys(phone, purpose)
    await redis.otpUnspend([code, spent], deviceName(newToken))
  }

  /**
   * Makes every device and address a stranger to the number (E.164) again, but for the `butLast` that signed in last. Not
   * awaited.
   */
  function forgetDevices(phone: string, butLast = 0): void {
    redis
      .zremrangebyrank(otpKeys(phone, 'sign-in').known, 0, -1 - butLast)
      .catch((error) => log.warn({ err: error }, 'the devices of a number were not forgotten'))
  }

  function notNoted(error: unknown): void {
    log.warn({ err: error }, 'a guess was not noted')
  }

  /** Ten thousand codes are soon hashed: without the key, a digest tells nothing. */
  function digest(phone: string, code: string, { purpose }: OtpUse): string {
    return hmac(`${purpose}:${phone}:${code}`).digest('hex')
  }

  // Millions of numbers know a few of these each: 128 bits are enough to tell them apart.
  // Who asks for a number that is to be the new one has nothing of its own there, and cannot spend what is kept back.
  function addressName({ address, purpose }: OtpUse): string {
    if (purpose !== 'sign-in') return ''
    return hmac(`address:${address}`).digest('base64url').slice(0, 22)
  }

  function deviceName(token: string | undefined): string {
    return token ? hmac(`device:${token}`).digest('base64url').slice(0, 22) : ''
  }

  function hmac(text: string) {
    return createHmac('sha256', options.secret).update(text)
  }
}
