import { randomUUID } from 'node:crypto'
import type { Cluster, Redis } from 'ioredis'
import type { Test } from 'tap'
import type { buildApp } from '../src/app.ts'
import type { Environment } from '../src/config/settings.ts'
import { ApiError, OtpInvalid } from '../src/errors.ts'
import type { Caller, OtpTerms, Proof } from '../src/plugins/otp.ts'
import { otpKeys } from '../src/redis/otp-steps.ts'
import { build, letPass, randomPhone, redis, wrongCode } from './helper.ts'

/** The outcome: the code `valid`, or the code of the error with its details. */
export async function verdict(
  work: Promise<unknown>
): Promise<{ code: string; attempts_left?: number; retry_after?: number }> {
  try {
    await work
    return { code: 'valid' }
  } catch (error) {
    if (error instanceof ApiError) return { code: error.code, ...error.details }
    throw error
  }
}

export const verdicts = (work: Promise<unknown>[]) => Promise.all(work.map(verdict))

export const HOME = '10.0.0.1'
export const STRANGER = '10.9.9.9'

export type App = ReturnType<typeof buildApp>

/** The terms of a caller at an address where nothing has happened. */
export const NOTHING_ELSE: OtpTerms = {
  otherwise: 'stranger',
  wait: 0,
  strangerWait: 0,
  longFor: 0,
  isStrict: false,
  strictWait: 0
}

/** The ids of sends, by number and code. */
const sends = new Map<string, string>()

/** The plugin as used from one address. */
export function from(
  address: string,
  { otp }: Pick<App, 'otp'>,
  {
    purpose = 'sign-in',
    deviceToken,
    proof,
    ...more
  }: Partial<Pick<Caller, 'purpose' | 'deviceToken'> & OtpTerms & { proof: Proof }> = {}
) {
  const terms = { ...NOTHING_ELSE, ...more }
  const caller = (phone: string): Caller => ({
    phone,
    purpose,
    address,
    deviceToken
  })
  const codes = (code: string, send: string) => ({ send, short: code, long: `00${code}` })
  const judge = (phone: string, code: string) => otp.validate(caller(phone), otp.guessOf(code), terms)
  return {
    /** Returns the code that was stored: this one, or its long form. */
    store: (phone: string, code: string) => {
      const send = randomUUID()
      sends.set(`${phone} ${code}`, send)
      return otp.store(caller(phone), codes(code, send), terms, proof)
    },
    withdraw: (phone: string, code: string) =>
      otp.withdraw(caller(phone), codes(code, sends.get(`${phone} ${code}`) ?? 'none')),
    judge,
    /** Returns the device token. */
    validate: async (phone: string, code: string) => {
      const judgement = await judge(phone, code)
      if (!judgement.isRight) throw OtpInvalid({ attempts_left: judgement.attemptsLeft })
      return judgement.deviceToken
    }
  }
}

/** A number whose guesses can be told apart, with a clock that the test controls. */
export async function attacked(t: Test, changes: Environment = {}) {
  const { app } = await build(t, changes)
  return { app, ...victim(app) }
}

/** A new number; `store` is the client of the app's Redis. */
export function victim(app: App, store: Redis | Cluster = redis) {
  const phone = randomPhone()
  const keys = otpKeys(phone, 'sign-in')
  const pass = (seconds?: number) => letPass(phone, seconds, { store })
  let sent = ''
  /** Asks for a code, one cooldown after the last. */
  const ask = async (address = STRANGER, more: Parameters<typeof from>[2] = {}) => {
    await pass()
    sent = await from(address, app, more).store(phone, app.otp.generate().short)
    return sent
  }
  const guess = (address = STRANGER, code = wrongCode(sent)) =>
    verdict(from(address, app).validate(phone, code))
  /** Signs in with a new code; returns the device token. */
  const signIn = async (address = HOME) => {
    await ask(address)
    return (await from(address, app).validate(phone, sent)) ?? ''
  }
  const failuresInRow = async () => Number((await store.hget(keys.in_row, 'count')) ?? 0)
  /**
   * Guesses at one code after another, `secondsBetween` apart, until codes are long: others first, then the asker.
   * Returns how many guesses were judged.
   */
  const guessAtShortCodes = async (secondsBetween: number) => {
    const before = await failuresInRow()
    for (let codes = 0; codes < 100 && (await ask()).length === 4; codes++) {
      for (let guesses = 0; guesses < 9; guesses++) await guess('10.8.8.8')
      await guess(STRANGER)
      await pass(secondsBetween)
    }
    return (await failuresInRow()) - before
  }
  return { phone, keys, pass, ask, guess, signIn, guessAtShortCodes, failuresInRow, sent: () => sent }
}
