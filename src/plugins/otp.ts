import { randomBytes, randomInt } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../config/settings.ts'
import { OtpAttemptLimit, OtpCooldown, OtpInvalid, OtpSendLimit } from '../errors.ts'
import { clientAddress } from '../http/client.ts'
import { entryName, otpNames } from '../redis/otp-names.ts'
import { otpKeys, otpSteps } from '../redis/otp-steps.ts'
import { guesses } from '../telemetry/channels.ts'

/** `debug` accepts 1111 for every number: the customer's development mode. */
export type OtpOptions = Config['otp'] & Pick<Config['process'], 'debug'>

const DEBUG_CODE = '1111'

/** What a code is for; for anything else it is worth nothing. */
export type OtpPurpose = 'sign-in' | `change-phone:${string}`

/** Who asks for a code or brings one, and for which number (E.164). */
export interface Caller {
  phone: string
  purpose: OtpPurpose
  /** IPv4, or IPv6 /64. */
  address: string
  /** What an earlier sign-in gave to this device. */
  deviceToken?: string | undefined
}

/** What others have done at the address and in the whole service, and whom it is for. */
export interface OtpTerms {
  /** The standing of a caller whom the number does not know: somebody signed in from the address, or nobody did. */
  otherwise: 'familiar' | 'stranger'
  /** Seconds to wait for all but known devices, and but for the first guess of who asked for the code. */
  wait: number
  /** Seconds to wait for strangers, unless they prove to be a person. */
  strangerWait: number
  /** Seconds for which callers whom the number does not know get long codes; 0: short ones. */
  longFor: number
  /** The short codes of callers whom the number does not know are void. */
  isStrict: boolean
  /** Seconds to wait for callers whom the number does not know, also with the first guess. */
  strictWait: number
}

/** That a caller is a person. */
export interface Proof {
  isGiven(): Promise<boolean>
}

/** Two codes, of which the guard takes one, and a name by which this send can be taken back, and no other. */
export interface OtpCodes {
  send: string
  short: string
  long: string
}

/** A code that was brought. */
export interface Guess {
  code: string
  /** Names this guess, and becomes the token of a device that was not known; 128 random bits. */
  newToken: string
}

export type Judgement =
  | { isRight: true; deviceToken: string | undefined }
  /** `isForAll`: it counts for the whole service. */
  | { isRight: false; attemptsLeft: number; isForAll: boolean }

declare module 'fastify' {
  interface FastifyInstance {
    otp: ReturnType<typeof createOtp>
  }
}

/** `fastify.otp`: one-time passcodes by phone number. Every decision is one atomic step in Redis. */
export default fp<OtpOptions>(
  async function otp(fastify, options) {
    fastify.decorate('otp', createOtp(fastify, options))
  },
  { name: 'otp', dependencies: ['redis'] }
)

function createOtp({ redis, log }: FastifyInstance, options: OtpOptions) {
  const steps = otpSteps(redis, options)
  const { deviceName, digest, digestsOf, namesOf } = otpNames(options)
  if (options.debug) log.warn('DEBUG: one code opens every account')
  const { ttlSeconds, resendSeconds } = options
  return {
    ttlSeconds,
    resendSeconds,
    callerOf,
    generate,
    store,
    withdraw,
    guessOf,
    validate,
    unspend,
    forgetDevices
  }

  /** Who makes a request about a number (E.164). */
  function callerOf(
    request: Pick<FastifyRequest, 'ip' | 'socket'> & { body: { device_token?: string } },
    phone: string,
    purpose: OtpPurpose
  ): Caller {
    return {
      phone,
      purpose,
      address: clientAddress(request),
      deviceToken: request.body.device_token
    }
  }

  /** A random code, and a longer one in case that the number is being guessed at; leading zeros kept. */
  function generate(): OtpCodes {
    const digits = (length: number) => String(randomInt(10 ** length)).padStart(length, '0')
    const { length, longLength } = options
    return { send: entryName(), short: digits(length), long: digits(Math.max(length, longLength)) }
  }

  /**
   * Makes one of the codes the only valid one for the number and purpose, and gives it: the long one after too many failures.
   * A stranger who has to wait may prove to be a person instead, where there is a `proof`.
   * @throws OtpCooldown, OtpSendLimit
   */
  async function store(caller: Caller, codes: OtpCodes, terms: OtpTerms, proof?: Proof): Promise<string> {
    const [verdict, seconds] = await steps.store(otpKeys(caller.phone, caller.purpose), {
      send: codes.send,
      short_digest: digest(caller, codes.short),
      long_digest: digest(caller, codes.long),
      ...namesOf(caller),
      otherwise: terms.otherwise,
      wait: terms.wait,
      stranger_wait: terms.strangerWait,
      long_for: terms.longFor
    })
    if (verdict === 'cooldown') throw OtpCooldown({ retry_after: seconds })
    if (verdict === 'wait') throw OtpSendLimit({ retry_after: seconds })
    if (verdict !== 'stranger') return codes[verdict]
    if (await proof?.isGiven()) return store(caller, codes, { ...terms, strangerWait: 0 })
    throw OtpSendLimit({ retry_after: seconds, ...(proof && { captcha: 'required' }) })
  }

  /**
   * Undoes `store` for codes that no gateway took: the send is not counted, and the code before it is valid again. Nothing
   * happens when they were not stored.
   */
  async function withdraw({ phone, purpose }: Caller, { send }: OtpCodes): Promise<void> {
    await steps.withdraw(otpKeys(phone, purpose), { send })
  }

  /** A code that was brought, with the name of this guess. */
  function guessOf(code: string): Guess {
    return { code, newToken: randomBytes(16).toString('base64url') }
  }

  /**
   * Judges a guess, and spends the code if it is the right one. Gives then the token by which this device is known to the
   * number from now on; also for the DEBUG code, so that apps meet it in development.
   * @throws OtpInvalid when there was nothing to guess at, OtpAttemptLimit
   */
  async function validate(caller: Caller, { code, newToken }: Guess, terms: OtpTerms): Promise<Judgement> {
    const keys = otpKeys(caller.phone, caller.purpose)
    const names = { ...namesOf(caller), new_device: deviceName(newToken) }
    if (options.debug && code === DEBUG_CODE) {
      log.warn({ event: 'debug_code_used' }, 'the DEBUG code was used')
      return { isRight: true, deviceToken: (await steps.know(keys, names)) ? caller.deviceToken : newToken }
    }
    const [verdict, number, isForAll] = await steps.validate(keys, {
      ...digestsOf(caller, code),
      ...names,
      otherwise: terms.otherwise,
      wait: terms.wait,
      is_strict: Number(terms.isStrict),
      strict_wait: terms.strictWait
    })
    guesses.publish({ verdict })
    if (verdict === 'void') throw OtpInvalid({ attempts_left: 0 })
    if (verdict === 'wait') throw OtpAttemptLimit({ retry_after: number })
    if (verdict === 'wrong') return { isRight: false, attemptsLeft: number, isForAll: isForAll === 1 }
    return { isRight: true, deviceToken: number === 1 ? caller.deviceToken : newToken }
  }

  /** Puts the code back that this guess has spent, if it has: what it was spent on came to nothing. */
  async function unspend({ phone, purpose }: Caller, { newToken }: Guess): Promise<void> {
    await steps.unspend(otpKeys(phone, purpose), { by: deviceName(newToken) })
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
}
