import { randomBytes, randomInt } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../config/settings.ts'
import { OtpAttemptLimit, OtpCooldown, OtpInvalid, OtpSendLimit } from '../errors.ts'
import { clientAddress } from '../http/client.ts'
import { entryName, otpNames } from '../redis/otp-names.ts'
import { otpKeys, otpSteps } from '../redis/otp-steps.ts'
import { guesses } from '../telemetry/channels.ts'

/** `debug` accepts the code 1111 for every number: the customer's development mode. */
export type OtpOptions = Config['otp'] & Pick<Config['process'], 'debug'>

const DEBUG_CODE = '1111'

/** What a code is for; it is worthless for any other purpose. */
export type OtpPurpose = 'sign-in' | `change-phone:${string}`

/** The client that asks for a code or submits one, and the number (E.164) it does so for. */
export interface Caller {
  phone: string
  purpose: OtpPurpose
  /** IPv4, or IPv6 /64. */
  address: string
  /** The token that an earlier sign-in gave to this device. */
  deviceToken?: string | undefined
}

/** The terms set by what happened at the address and in the whole service, for callers of each standing. */
export interface OtpTerms {
  /** The standing of a caller the number does not know: `familiar` if anybody has signed in from the address. */
  otherwise: 'familiar' | 'stranger'
  /** Seconds to wait, except for known devices and, outside strict mode, for the first guess of the caller who asked. */
  wait: number
  /** Seconds that strangers have to wait, unless they prove to be a person. */
  strangerWait: number
  /** Seconds for which callers the number does not know get long codes; 0: they get short ones. */
  longFor: number
  /** Whether strict mode voids the short codes of callers the number does not know. */
  isStrict: boolean
  /** Seconds that callers the number does not know have to wait, even for their first guess. */
  strictWait: number
}

/** Proof that a caller is a person. */
export interface Proof {
  isGiven(): Promise<boolean>
}

/** Two codes, of which `store` picks one, and a name by which this send, and no other, can be taken back. */
export interface OtpCodes {
  send: string
  short: string
  long: string
}

/** A submitted code. */
export interface Guess {
  code: string
  /** Names this guess, and becomes the token of the device if it was not known yet; 128 random bits. */
  newToken: string
}

export type Judgement =
  | { isRight: true; deviceToken: string | undefined }
  /** `isForAll`: the wrong guess counts for the whole service too. */
  | { isRight: false; attemptsLeft: number; isForAll: boolean }

declare module 'fastify' {
  interface FastifyInstance {
    otp: ReturnType<typeof createOtp>
  }
}

/** `fastify.otp`: one-time passcodes for phone numbers. Every decision is one atomic step in Redis. */
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

  /** The caller who makes a request about a number (E.164). */
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

  /** Makes a random code, and a longer one in case the number is being guessed at; leading zeros are kept. */
  function generate(): OtpCodes {
    const digits = (length: number) => String(randomInt(10 ** length)).padStart(length, '0')
    const { length, longLength } = options
    return { send: entryName(), short: digits(length), long: digits(Math.max(length, longLength)) }
  }

  /**
   * Makes one of the codes the only valid one for the number and purpose, and returns it: the long one after too many
   * failures. A stranger who would have to wait may prove to be a person instead, if there is a `proof`.
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
   * Undoes `store` for codes that no gateway took: the send is not counted, and the code before it is valid again. Does
   * nothing if the codes were not stored.
   */
  async function withdraw({ phone, purpose }: Caller, { send }: OtpCodes): Promise<void> {
    await steps.withdraw(otpKeys(phone, purpose), { send })
  }

  /** A submitted code, with a new name for this guess. */
  function guessOf(code: string): Guess {
    return { code, newToken: randomBytes(16).toString('base64url') }
  }

  /**
   * Judges a guess. The right one spends the code and returns the token by which the number knows this device from now on;
   * so does the DEBUG code, so that apps meet the token in development.
   * @throws OtpInvalid when there is no code to guess at, OtpAttemptLimit
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

  /** Puts back the code if this guess has spent it, because what it was spent on came to nothing. */
  async function unspend({ phone, purpose }: Caller, { newToken }: Guess): Promise<void> {
    await steps.unspend(otpKeys(phone, purpose), { by: deviceName(newToken) })
  }

  /**
   * Makes the number (E.164) forget all known devices and addresses but the `butLast` that signed in last. Not awaited:
   * failures are only logged.
   */
  function forgetDevices(phone: string, butLast = 0): void {
    redis
      .zremrangebyrank(otpKeys(phone, 'sign-in').known, 0, -1 - butLast)
      .catch((error) => log.warn({ err: error }, 'the devices of a number were not forgotten'))
  }
}
