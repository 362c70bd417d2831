import type { Cluster, Redis } from 'ioredis'
import type { Config } from '../config/settings.ts'
import { defineStep } from './step.ts'

/** The names of a number's keys in Redis. The braces keep them in one slot of a Redis Cluster. */
export function otpKeys(phone: string, purpose: string) {
  const key = (name: string) => `otp:{${phone}}:${name}`
  return {
    // The budgets of a number are shared by all purposes.
    code: key(`code:${purpose}`),
    previous: key(`previous:${purpose}`),
    spent: key(`spent:${purpose}`),
    /** Failures at short codes, and failures in a row at any code. */
    short: key('failures'),
    in_row: key('failures:row'),
    /** Devices and addresses that have signed in with this number. */
    known: key('known'),
    /** Sends, and failures at long codes, per standing. */
    device_sends: key('device:sends'),
    known_sends: key('known:sends'),
    familiar_sends: key('familiar:sends'),
    stranger_sends: key('stranger:sends'),
    device_long: key('device:failures:long'),
    known_long: key('known:failures:long'),
    familiar_long: key('familiar:failures:long'),
    stranger_long: key('stranger:failures:long')
  }
}

const NUMBER = ['short', 'in_row', 'known'] as const
const SENDS = ['device_sends', 'known_sends', 'familiar_sends', 'stranger_sends'] as const
const LONG = ['device_long', 'known_long', 'familiar_long', 'stranger_long'] as const
const CALLER = {
  device: String,
  source: String,
  asker: String,
  otherwise: String,
  /** The names under the accepted secret; empty if there is none. */
  accepted_device: String,
  accepted_source: String,
  accepted_asker: String
} as const

type OtpLeft = [
  standing: 'device' | 'known' | 'familiar' | 'stranger',
  codesLeft: number,
  lives: number,
  guessesLeft: number,
  shortGuessesLeft: number
]

/** The decisions about one number (src/lua/otp-*.lua). */
export function otpSteps(redis: Redis | Cluster, otp: Config['otp']) {
  const policy = policyOf(otp)
  return {
    store: defineStep<['short' | 'long' | 'cooldown' | 'wait' | 'stranger', number]>()(redis, 'otp-store', {
      keys: ['code', 'previous', ...NUMBER, ...SENDS],
      args: {
        send: String,
        short_digest: String,
        long_digest: String,
        ...CALLER,
        wait: Number,
        stranger_wait: Number,
        long_for: Number
      },
      policy
    }),
    withdraw: defineStep<0 | 1>()(redis, 'otp-withdraw', {
      keys: ['code', 'previous', ...SENDS],
      args: { send: String }
    }),
    validate: defineStep<['right' | 'wrong' | 'void' | 'wait', number, (0 | 1)?]>()(redis, 'otp-validate', {
      keys: ['code', 'spent', ...NUMBER, ...LONG],
      args: {
        digest: String,
        accepted_digest: String,
        new_device: String,
        ...CALLER,
        wait: Number,
        is_strict: Number,
        strict_wait: Number
      },
      policy,
      mustLast: true
    }),
    /** What the number's own limits leave for a caller. */
    left: defineStep<OtpLeft>()(redis, 'otp-left', {
      keys: ['code', 'short', 'known', ...SENDS],
      args: CALLER,
      policy
    }),
    know: defineStep<0 | 1>()(redis, 'otp-know', {
      keys: ['known'],
      args: { device: String, new_device: String, source: String },
      policy
    }),
    unspend: defineStep<0 | 1>()(redis, 'otp-unspend', { keys: ['code', 'spent'], args: { by: String } })
  }
}

/** The limits of one number, under the names that the steps in src/lua use. */
function policyOf(otp: Config['otp']): Record<string, number> {
  const canLengthen = otp.longLength > otp.length
  // If codes cannot get longer, only the asker's first guess at each is judged, unless the device is known.
  const longPerDay = canLengthen ? otp.longFailuresPerDay : otp.sendsPerDay
  return {
    life: otp.ttlSeconds,
    cooldown: otp.resendSeconds,
    sends_per_hour: otp.sendsPerHour,
    sends_per_day: otp.sendsPerDay,
    guesses_per_code: otp.maxAttempts,
    short_per_day: otp.maxFailuresPerDay,
    short_in_row: otp.maxFailuresInRow,
    long_per_day: longPerDay,
    long_reserved: Math.min(otp.sendsPerDay, longPerDay),
    hourly_in_row: otp.hourlyAfterFailures,
    known_seconds: otp.knownDays * 86_400,
    can_lengthen: Number(canLengthen)
  }
}
