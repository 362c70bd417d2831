import type { Environment } from '../../src/config/settings.ts'

/** Numbers that the fuzzer signs in again and again. */
export const PHONES = Array.from({ length: 40 }, (_, at) => `+9989012345${String(at).padStart(2, '0')}`)
export const STAFF = { phone: '+998909999999', password: 'bog tulpor yomgir 7' }
export const CALLBACK_SECRET = 'the_path_of_the_callbacks_of_the_fuzz'

/** Signs in with a fixed code, whenever the previous tokens were used up or ended. */
export const REVIEWER = { phone_number: '+998909876543', code: '42424242' }
const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)

const many = '1000000'

/** Settings under which no limit is reached, so that every request gets as far as it can and none deserves a 503. */
export const fuzzSettings: Environment = {
  NODE_ENV: 'test',
  HOST: '127.0.0.1',
  PORT: '0',
  LOG_LEVEL: 'silent',
  CORS_ORIGINS: 'https://my.example.uz',
  TRUST_PROXY: '127.0.0.1/32',
  SMS_CALLBACK_URL: 'https://auth.example.uz',
  SMS_CALLBACK_SECRET: CALLBACK_SECRET,
  TELEGRAM_TOKEN: 'the token of the fuzz',
  TEST_NUMBERS: `${REVIEWER.phone_number}:${REVIEWER.code}:${tomorrow}`,
  RATE_LIMIT_MAX: many,
  OTP_RESEND_SECONDS: '1',
  OTP_SENDS_PER_HOUR: many,
  OTP_SENDS_PER_DAY: many,
  OTP_LONG_FAILURES_PER_DAY: many,
  OTP_MAX_FAILURES_PER_DAY: many,
  OTP_MAX_FAILURES_IN_ROW: many,
  OTP_HOURLY_AFTER_FAILURES: many,
  PHONE_CHANGE_SENDS_PER_DAY: many,
  ADDRESS_FAILURES_PER_DAY: many,
  ADDRESS_SENDS_PER_HOUR: many,
  STRICT_FAILURES_PER_DAY: many,
  STRICT_FAILURES_PER_TEN_MINUTES: many,
  STRICT_ADDRESS_FAILURES_PER_DAY: many,
  SMS_PER_HOUR: many,
  SMS_PER_DAY: many,
  LOGIN_WAIT_MAX_SECONDS: '1',
  LOGIN_MAX_FAILURES_PER_DAY: many,
  LOGIN_MAX_FAILURES_PER_ADDRESS: many,
  // A machine that pauses must not look like an outage.
  REDIS_TIMEOUT_MS: '60000',
  DATABASE_TIMEOUT_MS: '60000',
  DATABASE_QUEUE_TIMEOUT_MS: '60000',
  HANDLER_TIMEOUT_MS: '60000',
  // A busy machine is not what the fuzzer looks for.
  PASSWORD_HASH_WAIT_MS: '60000',
  SHED_WAIT_MS: '60000'
}
