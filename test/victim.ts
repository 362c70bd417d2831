import { randomUUID } from 'node:crypto'
import type { Cluster, Redis } from 'ioredis'
import type { Test } from 'tap'
import type { buildApp } from '../src/app.ts'
import type { Environment } from '../src/config/settings.ts'
import { ApiError, OtpInvalid } from '../src/errors.ts'
import type { Caller, OtpTerms, Proof } from '../src/plugins/otp.ts'
import { otpKeys } from '../src/redis/otp-steps.ts'
import { build, letPass, randomPhone, redis, wrongCode } from './helper.ts'

/** How something ended: the code `valid`, or that of the refusal with its details. */
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

/** What is said of somebody at whose address nobody has done anything. */
export const NOTHING_ELSE: OtpTerms = {
  otherwise: 'stranger',
  wait: 0,
  strangerWait: 0,
  longFor: 0,
  isStrict: false,
  strictWait: 0
}

/** The names of sends, by number and code. */
const sends = new Map<string, string>()

/** The plugin as it is used from one address. */
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
    /** Gives the code that was stored: this one, or the long one of it. */
    store: (phone: string, code: string) => {
      const send = randomUUID()
      sends.set(`${phone} ${code}`, send)
      return otp.store(caller(phone), codes(code, send), terms, proof)
    },
    withdraw: (phone: string, code: string) =>
      otp.withdraw(caller(phone), codes(code, sends.get(`${phone} ${code}`) ?? 'none')),
    judge,
    /** Gives the token of the device. */
    validate: async (phone: string, code: string) => {
      const judgement = await judge(phone, code)
      if (!judgement.isRight) throw OtpInvalid({ attempts_left: judgement.attemptsLeft })
      return judgement.deviceToken
    }
  }
}

/** A number whose guesses can be told apart, with the clock in the tester's hand. */
export async function attacked(t: Test, changes: Environment = {}) {
  const { app } = await build(t, changes)
  return { app, ...victim(app) }
}

/** A number of its own; `store` is the client of the app's Redis. */
export function victim(app: App, store: Redis | Cluster = redis) {
  const phone = randomPhone()
  const keys = otpKeys(phone, 'sign-in')
  const pass = (seconds?: number) => letPass(phone, seconds, { store })
  let sent = ''
  /** Asks for a code, a cooldown after the last. */
  const ask = async (address = STRANGER, more: Parameters<typeof from>[2] = {}) => {
    await pass()
    sent = await from(address, app, more).store(phone, app.otp.generate().short)
    return sent
  }
  const guess = (address = STRANGER, code = wrongCode(sent)) =>
    verdict(from(address, app).validate(phone, code))
  /** Signs in with a code of its own; gives the token of the device. */
  const signIn = async (address = HOME) => {
    await ask(address)
    return (await from(address, app).validate(phone, sent)) ?? ''
  }
  const failuresInRow = async () => Number((await store.hget(keys.in_row, 'count')) ?? 0)
  /**
   * Guesses at one code after the other, so many seconds apart, until they are long: others first, and then who asked.
   * Gives how many were judged.
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
