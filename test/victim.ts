import { randomUUID } from 'node:crypto'
import type { Cluster, Redis } from 'ioredis'
import type { Test } from 'tap'
import type { buildApp } from '../src/app.ts'
import type { Environment } from '../src/config/settings.ts'
import { ApiError } from '../src/errors.ts'
import type { OtpUse } from '../src/plugins/otp.ts'
import { build, randomPhone, redis, wrongCode } from './helper.ts'

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

/** The names of sends, by number and code. */
const sends = new Map<string, string>()

/** The plugin as it is used from one address. */
export function from(address: string, { otp }: Pick<App, 'otp'>, more: Partial<OtpUse> = {}) {
  const use = { address, purpose: 'sign-in' as const, ...more }
  const codes = (code: string, send: string) => ({ send, short: code, long: `00${code}` })
  return {
    store: (phone: string, code: string) => {
      const send = randomUUID()
      sends.set(`${phone} ${code}`, send)
      return otp.store(phone, codes(code, send), use)
    },
    withdraw: (phone: string, code: string) =>
      otp.withdraw(phone, codes(code, sends.get(`${phone} ${code}`) ?? 'none'), use),
    validate: (phone: string, code: string) => otp.validate(phone, code, use)
  }
}

/** A number whose guesses can be told apart, with the clock in the tester's hand. */
export async function attacked(t: Test, changes: Environment = {}) {
  const { app } = await build(t, { OTP_SENDS_PER_HOUR: '1000', OTP_SENDS_PER_DAY: '1000', ...changes })
  return { app, ...victim(app) }
}

/** A number of its own; `store` is the client of the app's Redis. */
export function victim(app: App, store: Redis | Cluster = redis) {
  const phone = randomPhone()
  const keys = (name: string) => `otp:{${phone}}:${name}`
  /** Lets so many seconds pass for everything that is kept of the number. */
  const forgetCooldowns = async () =>
    store.del(keys('cooldown'), keys('address:cooldown'), keys('device:cooldown'))
  const pass = async (seconds: number) => {
    await forgetCooldowns()
    const windows = ['sends', 'failures:long'].flatMap((name) => [name, `address:${name}`, `device:${name}`])
    for (const name of ['failures', ...windows]) {
      const entries = await store.zrange(keys(name), '0', '-1', 'WITHSCORES')
      for (let i = 0; i < entries.length; i += 2) {
        await store.zadd(keys(name), Number(entries[i + 1]) - seconds * 1_000, entries[i] ?? '')
      }
    }
    const last = await store.hget(keys('failures:row'), 'last')
    if (last) await store.hset(keys('failures:row'), 'last', Number(last) - seconds * 1_000)
  }
  let sent = ''
  const ask = async (address = STRANGER) => {
    await forgetCooldowns()
    sent = (await from(address, app).store(phone, app.otp.generate().short)).code
    return sent
  }
  const guess = (address = STRANGER, code = wrongCode(sent)) =>
    verdict(from(address, app).validate(phone, code))
  const failuresInRow = async () => Number((await store.hget(keys('failures:row'), 'count')) ?? 0)
  /** Guesses at one code after the other, so many seconds apart, until they are long; gives how many were judged. */
  const guessAtShortCodes = async (secondsBetween: number) => {
    let judged = 0
    for (let codes = 0; codes < 100 && (await ask()).length === 4; codes++) {
      for (let guesses = 0; guesses < 9; guesses++) {
        const reply = await guess()
        if (reply.code !== 'OTP_INVALID') break
        judged++
        if (reply.attempts_left === 0) break
      }
      await pass(secondsBetween)
    }
    return judged
  }
  return { phone, keys, pass, ask, guess, guessAtShortCodes, failuresInRow, sent: () => sent }
}
