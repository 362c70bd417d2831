import type { Config } from './settings.ts'

/**
 * What stops guessing, as numbers. Four digits are 10 000 codes: each wrong guess wins with 1 in 10 000 wherever it is
 * spent, so guesses are counted for the number and for the address they come from, and make codes longer.
 */
export function guardPolicy(config: Config) {
  return {
    number: {
      sendsPerHour: config.OTP_SENDS_PER_HOUR,
      sendsPerDay: config.OTP_SENDS_PER_DAY,
      /** Guesses at one code: by known devices, by known addresses, by who asked for it, and by all others. */
      guessesPerCode: config.OTP_MAX_ATTEMPTS,
      /** Failures at short codes in 24 hours, and in a row over any time; then codes are long. */
      shortPerDay: config.OTP_MAX_FAILURES_PER_DAY,
      shortInRow: config.OTP_MAX_FAILURES_IN_ROW,
      /** Failures at long codes in 24 hours; known devices, and known addresses, have as many of their own. */
      longPerDay: config.OTP_LONG_FAILURES_PER_DAY,
      /** Of these, what only the first guess of who asked for a code may spend: strangers cannot lock them out. */
      shortKeptBack: 1,
      longKeptBack: Math.floor(config.OTP_LONG_FAILURES_PER_DAY / 2),
      /** Failures in 24 hours from which each costs a wait, which doubles (NIST SP 800-63B-4, 3.2.2). */
      failuresWithoutWait: config.OTP_MAX_ATTEMPTS,
      waitSeconds: config.OTP_WAIT_SECONDS,
      waitMaxSeconds: config.OTP_WAIT_MAX_SECONDS,
      /** In a row; then one guess an hour. */
      hourlyInRow: config.OTP_HOURLY_AFTER_FAILURES,
      /** A device or an address that has signed in is known for so long. */
      knownSeconds: config.OTP_KNOWN_DAYS * 86_400
    },
    address: {
      /** Failed guesses in 24 hours, and two more for each number that signed in from there. */
      failuresPerDay: config.ADDRESS_FAILURES_PER_DAY,
      failuresPerSignIn: 2,
      /** Codes sent, and numbers tried, in an hour, and one more for each number that signed in from there. */
      sendsPerHour: config.ADDRESS_SENDS_PER_HOUR,
      numbersPerHour: config.ADDRESS_NUMBERS_PER_HOUR
    },
    /** Over all numbers and addresses: from how many failed guesses the service is strict, and for how long. */
    breaker: {
      tenMinutes: config.BREAKER_TEN_MINUTES_MIN,
      tenMinutesFactor: config.BREAKER_TEN_MINUTES_FACTOR,
      day: config.BREAKER_DAY_MIN,
      dayPercent: config.BREAKER_DAY_PERCENT,
      /** So many failed guesses for 100 sign-ins are usual at most: a patient attacker cannot raise it further. */
      usualPercent: config.BREAKER_USUAL_PERCENT,
      strictSeconds: config.STRICT_SECONDS
    },
    /** What SMS may cost: in 24 hours all of them, in an hour those of an operator's prefix. */
    sms: {
      messagesPerDay: config.SMS_PER_DAY,
      // 0.3 / 0.1 is a little less than 3.
      partsPerDay: Math.floor(config.SMS_BUDGET_PER_DAY / config.SMS_PRICE + 1e-9),
      /** Per cent of both that strangers to a number cannot spend. */
      keptBackPercent: config.SMS_KEPT_BACK_PERCENT,
      prefixPerHour: config.SMS_PER_PREFIX_HOUR,
      prefixFactor: config.SMS_PREFIX_FACTOR,
      /** A prefix, or an address, whose codes are used in fewer per cent of cases has so many left in an hour. */
      usedPercent: config.SMS_USED_PERCENT,
      unusedPerHour: config.SMS_UNUSED_PER_HOUR
    },
    /** Wrong passwords: how long a number waits after the first, at most, and how many an address has in a window. */
    staff: {
      waitSeconds: config.LOGIN_WAIT_SECONDS,
      waitMaxSeconds: config.LOGIN_WAIT_MAX_SECONDS,
      maxPerAddress: config.LOGIN_MAX_FAILURES_PER_ADDRESS,
      windowSeconds: config.LOGIN_WINDOW_SECONDS
    },
    /** What strict mode puts in the place of the figures above; no failure in a row is needed for codes to be long. */
    strict: {
      number: { guessesPerCode: config.STRICT_GUESSES_PER_CODE, shortInRow: 0 },
      address: { failuresPerDay: config.STRICT_ADDRESS_FAILURES_PER_DAY }
    }
  }
}

export type GuardPolicy = ReturnType<typeof guardPolicy>
