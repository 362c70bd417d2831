import t from 'tap'
import { guardPolicy } from '../../src/config/guard-policy.ts'
import { settings } from '../helper.ts'

t.test('each figure of the policy is the one that its setting says', async (t) => {
  // Each is another, so that none can stand in the place of another.
  const config = settings({
    ...{ OTP_SENDS_PER_HOUR: '11', OTP_SENDS_PER_DAY: '12', OTP_MAX_ATTEMPTS: '13' },
    ...{ OTP_MAX_FAILURES_PER_DAY: '14', OTP_MAX_FAILURES_IN_ROW: '15', OTP_LONG_FAILURES_PER_DAY: '17' },
    ...{ OTP_WAIT_SECONDS: '18', OTP_WAIT_MAX_SECONDS: '19', OTP_HOURLY_AFTER_FAILURES: '20' },
    ...{ ADDRESS_FAILURES_PER_DAY: '21', ADDRESS_SENDS_PER_HOUR: '22' },
    ...{ BREAKER_TEN_MINUTES_MIN: '24', BREAKER_TEN_MINUTES_FACTOR: '25', BREAKER_DAY_MIN: '26' },
    ...{ BREAKER_DAY_PERCENT: '127', BREAKER_USUAL_PERCENT: '31', STRICT_SECONDS: '28', OTP_KNOWN_DAYS: '2' },
    ...{ SMS_PER_DAY: '32', SMS_PRICE: '0.1', SMS_BUDGET_PER_DAY: '0.3', SMS_KEPT_BACK_PERCENT: '33' },
    ...{
      SMS_PER_PREFIX_HOUR: '34',
      SMS_PREFIX_FACTOR: '35',
      SMS_USED_PERCENT: '36',
      SMS_UNUSED_PER_HOUR: '37'
    },
    STRICT_ADDRESS_FAILURES_PER_DAY: '30'
  })
  t.strictSame(guardPolicy(config), {
    number: {
      ...{ sendsPerHour: 11, sendsPerDay: 12, guessesPerCode: 13, shortPerDay: 14, shortInRow: 15 },
      ...{ longPerDay: 17, shortKeptBack: 1, longKeptBack: 8, failuresWithoutWait: 13 },
      ...{ waitSeconds: 18, waitMaxSeconds: 19, hourlyInRow: 20, knownSeconds: 172_800 }
    },
    address: {
      failuresPerDay: 21,
      strictFailuresPerDay: 30,
      failuresPerSignIn: 2,
      sendsPerHour: 22,
      sendsPerSignIn: 0.5
    },
    breaker: {
      tenMinutes: 24,
      tenMinutesFactor: 25,
      day: 26,
      dayPercent: 127,
      usualPercent: 31,
      strictSeconds: 28
    },
    sms: {
      ...{ messagesPerDay: 32, partsPerDay: 3, keptBackPercent: 33, prefixPerHour: 34, prefixFactor: 35 },
      ...{ usedPercent: 36, unusedPerHour: 37 }
    }
  })
})
