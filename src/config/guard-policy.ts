import type { Config } from './settings.ts'

/**
 * What stops guessing, as numbers. Four digits are 10 000 codes: each wrong guess wins with 1 in 10 000 wherever it is
 * spent, so guesses are counted for the number and for the address they come from, and make codes longer.
 */
export function guardPolicy(config: Pick<Config, 'otp' | 'address' | 'strict' | 'breaker' | 'sms'>) {
  return {
    number: {
      sendsPerHour: config.otp.sendsPerHour,
      sendsPerDay: config.otp.sendsPerDay,
      /** Guesses at one code: by known devices, by known addresses, by who asked for it, and by all others. */
      guessesPerCode: config.otp.maxAttempts,
      /** Failures at short codes in 24 hours, and in a row over any time; then codes are long. */
      shortPerDay: config.otp.maxFailuresPerDay,
      shortInRow: config.otp.maxFailuresInRow,
      /** Failures at long codes in 24 hours; known devices, and known addresses, have as many of their own. */
      longPerDay: config.otp.longFailuresPerDay,
      /** Of these, what only the first guess of who asked for a code may spend: strangers cannot lock them out. */
      shortKeptBack: 1,
      longKeptBack: Math.floor(config.otp.longFailuresPerDay / 2),
      /** Failures in 24 hours from which each costs a wait, which doubles (NIST SP 800-63B-4, 3.2.2). */
      failuresWithoutWait: config.otp.maxAttempts,
      waitSeconds: config.otp.waitSeconds,
      waitMaxSeconds: config.otp.waitMaxSeconds,
      /** In a row; then one guess an hour. */
      hourlyInRow: config.otp.hourlyAfterFailures,
      /** A device or an address that has signed in is known for so long. */
      knownSeconds: config.otp.knownDays * 86_400
    },
    address: {
      /** Wrong guesses in 24 hours that no sign-in followed, and two more for each number that signed in from there. */
      failuresPerDay: config.address.failuresPerDay,
      /** In its place while the service is strict. */
      strictFailuresPerDay: config.strict.addressFailuresPerDay,
      failuresPerSignIn: 2,
      /** Codes sent in an hour that nobody used, and one more for two numbers that signed in from there. */
      sendsPerHour: config.address.sendsPerHour,
      sendsPerSignIn: 0.5
    },
    /** Over all numbers and addresses: from how many failed guesses the service is strict, and for how long. */
    breaker: {
      tenMinutes: config.breaker.tenMinutesMin,
      tenMinutesFactor: config.breaker.tenMinutesFactor,
      day: config.breaker.dayMin,
      dayPercent: config.breaker.dayPercent,
      /** So many failed guesses for 100 sign-ins are usual at most: a patient attacker cannot raise it further. */
      usualPercent: config.breaker.usualPercent,
      strictSeconds: config.strict.seconds
    },
    /** What SMS may cost: in 24 hours all of them, in an hour those of an operator's prefix. */
    sms: {
      messagesPerDay: config.sms.perDay,
      // 0.3 / 0.1 is a little less than 3.
      partsPerDay: Math.floor(config.sms.budgetPerDay / config.sms.price + 1e-9),
      /** Per cent of both that strangers to a number cannot spend. */
      keptBackPercent: config.sms.keptBackPercent,
      prefixPerHour: config.sms.perPrefixHour,
      prefixFactor: config.sms.prefixFactor,
      /** A prefix, or an address, whose codes are used in fewer per cent of cases has so many left in an hour. */
      usedPercent: config.sms.usedPercent,
      unusedPerHour: config.sms.unusedPerHour
    }
  }
}

export type GuardPolicy = ReturnType<typeof guardPolicy>
