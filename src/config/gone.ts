import type { Environment } from './settings.ts'

/** Settings of older versions, and what replaced them. */
const GONE: Record<string, string> = {
  SMS_GATEWAY: 'set SMS_GATEWAYS, a list',
  ADDRESS_NUMBERS_PER_HOUR: 'codes that are not used count, for whichever number (ADDRESS_SENDS_PER_HOUR)',
  BREAKER_TEN_MINUTES_MIN: 'set STRICT_FAILURES_PER_TEN_MINUTES',
  BREAKER_TEN_MINUTES_FACTOR: 'no limit learns what is usual (STRICT_FAILURES_PERCENT)',
  BREAKER_DAY_MIN: 'set STRICT_FAILURES_PER_DAY',
  BREAKER_DAY_PERCENT: 'no limit learns what is usual (STRICT_FAILURES_PERCENT)',
  BREAKER_USUAL_PERCENT: 'set STRICT_FAILURES_PERCENT',
  BREAKER_CHECK_MS: 'each guess asks Redis itself',
  OTP_WAIT_SECONDS: 'codes get longer, and the caller who requested a code never waits for the first guess',
  OTP_WAIT_MAX_SECONDS:
    'codes get longer, and the caller who requested a code never waits for the first guess',
  SMS_BUDGET_PER_DAY: 'messages are counted, not money (SMS_PER_DAY, SMS_PER_HOUR)',
  SMS_PRICE: 'messages are counted, not money (SMS_PER_DAY, SMS_PER_HOUR)',
  SMS_KEPT_BACK_PERCENT: 'strangers may leave a third of SMS_PER_DAY and of SMS_PER_HOUR unused',
  SMS_PER_PREFIX_HOUR: 'no operator is refused; what is unused counts (SMS_PER_HOUR)',
  SMS_PREFIX_FACTOR: 'no operator is refused; what is unused counts (SMS_PER_HOUR)',
  SMS_USED_PERCENT:
    'what is unused counts at the address (ADDRESS_SENDS_PER_HOUR) and for the service (SMS_PER_HOUR)',
  SMS_UNUSED_PER_HOUR:
    'what is unused counts at the address (ADDRESS_SENDS_PER_HOUR) and for the service (SMS_PER_HOUR)',
  STRICT_MODE: 'strict mode is for strangers, and ends by itself; OTP_LENGTH=6 gives everybody six digits',
  STRICT_SECONDS: 'strict mode lasts until half as many wrong guesses are left (STRICT_FAILURES_PER_DAY)',
  STRICT_GUESSES_PER_CODE: 'a code has as many guesses in strict mode as always (OTP_MAX_ATTEMPTS)',
  LOGIN_WINDOW_SECONDS:
    'wrong passwords of an address are counted for an hour (LOGIN_MAX_FAILURES_PER_ADDRESS)'
}

/** One sentence for each setting that is set but no longer has any effect. */
export function goneSettings(env: Environment): string[] {
  return Object.entries(GONE)
    .filter(([name]) => env[name])
    .map(([name, instead]) => `${name} does nothing any more: ${instead}`)
}
