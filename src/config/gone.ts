import type { Environment } from './settings.ts'

/** Settings of older versions, and what took their place. */
const GONE: Record<string, string> = {
  ADDRESS_NUMBERS_PER_HOUR: 'codes that are not used count, for whichever number (ADDRESS_SENDS_PER_HOUR)',
  STRICT_GUESSES_PER_CODE: 'a code has as many guesses in strict mode as always (OTP_MAX_ATTEMPTS)',
  LOGIN_WINDOW_SECONDS:
    'wrong passwords of an address are counted for an hour (LOGIN_MAX_FAILURES_PER_ADDRESS)'
}

/** Sentences about settings that are set and do nothing any more. */
export function goneSettings(env: Environment): string[] {
  return Object.entries(GONE)
    .filter(([name]) => env[name])
    .map(([name, instead]) => `${name} does nothing any more: ${instead}`)
}
