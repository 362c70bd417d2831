import { isIP } from 'node:net'
import { type Static, type StringOptions, type TObject, Type } from '@sinclair/typebox'
import { envSchema } from 'env-schema'
import { type CountryCode, isSupportedCountry } from 'libphonenumber-js/mobile'
import {
  databaseUrlProblems,
  debugProblems,
  orderProblems,
  originProblem,
  redisUrlProblems
} from './setting-problems.ts'
import { testNumberProblems } from './test-number.ts'
import { isGarbled } from './utf8.ts'

/** The loosest form of `process.env`, so that tests and scripts can pass plain objects. */
export type Environment = Record<string, string | undefined>

const text = (description: string, options: StringOptions = {}) => Type.String({ description, ...options })
const integer = (description: string, value: number, minimum = 1, maximum = 2_147_483_647) =>
  Type.Integer({ description, default: value, minimum, maximum })
const flag = (description: string) => Type.Boolean({ description, default: false })
const list = <T extends string>(description: string, value: string) =>
  Type.Unsafe<T[]>({ type: 'string', separator: ',', description, default: value })
// No blank at an end: other services trim theirs.
const name = (description: string, value: string) =>
  text(description, { default: value, pattern: '^\\S(.*\\S)?$' })
// Not all blanks: fast-jwt signs with anything.
const secret = (description: string) => text(description, { minLength: 32, pattern: '^\\S.*\\S$' })

const DEFAULT_COUNTRY = 'UZ'

const StoreSettings = {
  DATABASE_URL: text('PostgreSQL, as postgres://user:password@host:5432/name', {
    pattern: '^postgres(ql)?://'
  }),
  DATABASE_POOL_MAX: integer('connections to PostgreSQL that one process opens at most', 10),
  DATABASE_TIMEOUT_MS: integer('a PostgreSQL statement is given up after this time', 5_000)
}

const DatabaseQueueSettings = {
  DATABASE_QUEUE_MAX: integer(
    'statements that may wait for a connection; more are told to come back (503)',
    1_000,
    0
  ),
  DATABASE_QUEUE_TIMEOUT_MS: integer(
    'a statement that got no connection within this time is never sent',
    2_000
  ),
  DATABASE_CLOCK_CHECK_MS: integer('how often a process reads the clock of PostgreSQL', 10_000)
}

const PasswordSettings = {
  PASSWORD_MIN_LENGTH: integer('characters a staff password has at least', 12, 8, 128),
  PASSWORD_HASH_CONCURRENCY: Type.Optional(
    Type.Integer({
      description: 'passwords hashed at the same time; without it, the number of cores',
      minimum: 1
    })
  ),
  PASSWORD_HASH_QUEUE_MAX: integer('logins that may wait for a hash; more are told to come back (503)', 32, 0)
}

const KEY_FILE = 'the file of the key pairs that sign the tokens (ES256, EdDSA) instead of JWT_SECRET'

const KeySettings = {
  JWT_KEYS_CHECK_MS: integer('how often a process looks whether JWT_KEYS has changed', 1_000, 10, 10_000),
  JWKS_MAX_AGE_SECONDS: integer('how long others may keep our public keys before they ask again', 300, 0)
}

const LifetimeSettings = {
  ACCESS_TTL_SECONDS: integer("life of a citizen's access token", 900),
  REFRESH_TTL_SECONDS: integer('life of an unused refresh token: 14 days', 1_209_600),
  STAFF_ACCESS_TTL_SECONDS: integer('life of a staff access token and its session: a working day', 28_800)
}

/** Every setting of the service: its meaning, its bounds and its default. A setting without a default is required. */
export const ConfigSchema = Type.Object({
  NODE_ENV: Type.Unsafe<'development' | 'production' | 'test'>({
    type: 'string',
    enum: ['development', 'production', 'test'],
    default: 'development',
    description: 'production refuses DEBUG and the mock SMS gateway'
  }),
  DEBUG: flag(
    'accepts the code 1111 for any number and serves /dev/inbox; only with NODE_ENV=development written out and a HOST of this machine alone, e.g. 127.0.0.1'
  ),
  DEBUG_EVEN_ON_A_NETWORK: flag('DEBUG may be on where others can reach HOST: they can sign in as anybody'),
  HOST: text('address to listen on', {
    default: '0.0.0.0',
    // Not a URL, nor with a port.
    pattern: '^([0-9A-Za-z.-]+|[0-9A-Fa-f:.]+(%\\w+)?)$'
  }),
  PORT: integer('port to listen on; 0 takes a free one', 3000, 0, 65_535),
  LOG_LEVEL: text('fatal, error, warn, info, debug, trace or silent', {
    default: 'info',
    pattern: '^(fatal|error|warn|info|debug|trace|silent)$'
  }),

  ...StoreSettings,
  ...DatabaseQueueSettings,
  REDIS_URL: text('Redis, as redis://user:password@host:6379/0', { pattern: '^rediss?://' }),
  REDIS_CLUSTER: flag('REDIS_URL is one node of a Redis Cluster; the others are asked of it'),
  REDIS_KEY_PREFIX: text('put before every key in Redis', { default: 'citizen-auth:' }),
  REDIS_TIMEOUT_MS: integer('a Redis command is given up after this time', 400),
  REDIS_ALLOW_EVICTION: flag('starts also on a Redis that may evict the counters that stop guessers'),

  JWT_SECRET: Type.Optional(
    secret(
      'this or JWT_KEYS is required: signs the tokens (HS256); at least 32 characters, e.g. from: openssl rand -base64 48'
    )
  ),
  JWT_KEYS: Type.Optional(text(KEY_FILE)),
  ...KeySettings,
  JWT_ISSUER: name('the `iss` of every token', 'citizen-auth'),
  JWT_AUDIENCE: name('the `aud` of access tokens', 'citizen-api'),
  JWT_REFRESH_AUDIENCE: name(
    'the `aud` of refresh tokens: no service but this one may take them',
    'citizen-auth:refresh'
  ),
  ...LifetimeSettings,
  SESSION_TTL_SECONDS: integer("life of a citizen's session, however much it is used: 30 days", 2_592_000),
  REFRESH_GRACE_SECONDS: integer(
    'a spent refresh token gets its successor again until this long after that was first used (two tabs)',
    20,
    0,
    300
  ),
  SESSION_SWEEP_SECONDS: integer('how often a process deletes sessions that are over', 600, 1, 86_400),
  SESSION_KEEP_SECONDS: integer('how long a session is kept after its end', 86_400, 0),
  SESSION_SWEEP_BATCH: integer('sessions deleted in one statement', 500),
  REAUTH_SECONDS: integer(
    'changing the number and deleting the account need a sign-in not older than this',
    600
  ),
  PHONE_CHANGE_SENDS_PER_DAY: integer('codes that one account may send to other numbers in 24 hours', 10),
  PHONE_DORMANT_DAYS: integer(
    'a sign-in after so many days without one ends every older session and puts the profile away: operators resell numbers after 90 to 150',
    90
  ),

  OTP_SECRET: secret('keys the digests of the codes in Redis; at least 32 characters, not JWT_SECRET'),
  OTP_LENGTH: integer('digits of a code; 6 is recommended', 4, 4, 8),
  OTP_LONG_LENGTH: integer('digits of a code for a number that is being guessed at', 6, 6, 8),
  OTP_TTL_SECONDS: integer('life of a code', 300),
  OTP_RESEND_SECONDS: integer('wait between two codes to one number', 60),
  OTP_MAX_ATTEMPTS: integer(
    'guesses at one code: by known devices, by known addresses, by who asked for it, and by all others',
    5
  ),
  OTP_MAX_FAILURES_PER_DAY: integer(
    'wrong guesses at one number in 24 hours, then its codes are long; a new code does not refill them',
    10,
    2
  ),
  OTP_MAX_FAILURES_IN_ROW: integer('wrong guesses at one number over any time, then its codes are long', 30),
  OTP_LONG_FAILURES_PER_DAY: integer('wrong guesses at long codes of one number in 24 hours', 20, 2),
  OTP_WAIT_SECONDS: integer(
    'wait after OTP_MAX_ATTEMPTS wrong guesses in 24 hours; each more doubles it',
    30
  ),
  OTP_WAIT_MAX_SECONDS: integer('the longest of these waits', 3_600),
  OTP_HOURLY_AFTER_FAILURES: integer('wrong guesses in a row, then one an hour', 100),
  ADDRESS_FAILURES_PER_DAY: integer(
    'wrong codes from one address in 24 hours, and two more for each number that signed in from there',
    5
  ),
  ADDRESS_SENDS_PER_HOUR: integer(
    'codes sent for one address in an hour, and one more for each number that signed in from there',
    20
  ),
  ADDRESS_NUMBERS_PER_HOUR: integer(
    'numbers tried from one address in an hour, and one more for each number that signed in from there',
    10
  ),
  OTP_SENDS_PER_HOUR: integer('codes sent to one number in an hour', 5),
  OTP_SENDS_PER_DAY: integer('codes sent to one number in 24 hours', 10),
  OTP_KNOWN_DAYS: integer(
    'a device or an address that has signed in has budgets of its own for so long: strangers cannot spend them',
    90
  ),

  STRICT_MODE: Type.Unsafe<'auto' | 'on' | 'off'>({
    type: 'string',
    enum: ['auto', 'on', 'off'],
    default: 'auto',
    description:
      'strict: all codes are long, guesses few; auto: while there are more failed guesses than usual'
  }),
  STRICT_SECONDS: integer('strict mode lasts at least this long', 1_800),
  STRICT_GUESSES_PER_CODE: integer('OTP_MAX_ATTEMPTS in strict mode', 3),
  STRICT_ADDRESS_FAILURES_PER_DAY: integer('ADDRESS_FAILURES_PER_DAY in strict mode', 2),
  BREAKER_TEN_MINUTES_MIN: integer(
    'failed guesses of the whole service in 10 minutes that are never too many',
    20
  ),
  BREAKER_TEN_MINUTES_FACTOR: integer('how many times the usual of the hour is too many in 10 minutes', 4),
  BREAKER_DAY_MIN: integer('failed guesses of the whole service in 24 hours that are never too many', 100),
  BREAKER_DAY_PERCENT: integer('how many per cent of a usual day are too many in 24 hours', 150, 101),
  BREAKER_USUAL_PERCENT: integer(
    'failed guesses for 100 sign-ins that count as usual at most; raise it where citizens mistype more',
    10
  ),
  BREAKER_CHECK_MS: integer('how often a process asks whether another has entered strict mode', 1_000),

  PHONE_COUNTRIES: list<CountryCode>(
    'countries whose mobile numbers may sign in, e.g. UZ,KZ',
    DEFAULT_COUNTRY
  ),
  TEST_NUMBERS: list(
    'for app-store review, ten at most: number:code:last day (UTC) of numbers that sign in with a fixed code of 6 to 8 digits',
    ''
  ),
  SMS_GATEWAY: Type.Unsafe<'mock'>({
    type: 'string',
    enum: ['mock'],
    default: 'mock',
    description: 'who sends the SMS; mock keeps them in memory'
  }),
  SMS_MOCK_FILE: Type.Optional(
    text('the mock gateway also appends each message to this file, a JSON line each')
  ),
  SMS_TIMEOUT_MS: integer('a gateway that has not taken a message by then has failed', 8_000),
  SMS_PER_DAY: integer('codes sent by the whole service in 24 hours', 100_000),
  SMS_PRICE: Type.Number({
    description: 'price of one part of an SMS, in the currency of SMS_BUDGET_PER_DAY',
    default: 50,
    exclusiveMinimum: 0
  }),
  SMS_BUDGET_PER_DAY: Type.Number({
    description: 'what the codes of the whole service may cost in 24 hours; about 400 US dollars in soum',
    default: 5_000_000,
    minimum: 0
  }),
  SMS_KEPT_BACK_PERCENT: integer(
    'per cent of both that are kept for devices and addresses that have signed in: strangers wait for the rest',
    20,
    0,
    99
  ),
  SMS_PER_PREFIX_HOUR: integer(
    "codes sent in an hour to an operator's numbers (+99890…) that are never too many",
    1_000
  ),
  SMS_PREFIX_FACTOR: integer('how many times the codes used in a usual hour are too many for a prefix', 5),
  SMS_USED_PERCENT: integer(
    'per cent of the codes of a prefix, or an address, that must be used, in an hour and in 24',
    30,
    0,
    100
  ),
  SMS_UNUSED_PER_HOUR: integer(
    'codes that strangers get in an hour where fewer are used; fewer sent than this prove nothing',
    50
  ),

  ...PasswordSettings,
  LOGIN_WAIT_SECONDS: integer(
    'a number waits this long after a wrong password, and twice as long after each further one in a row',
    1,
    1,
    86_400
  ),
  LOGIN_WAIT_MAX_SECONDS: integer('the longest such wait', 900, 1, 86_400),
  LOGIN_MAX_FAILURES_PER_ADDRESS: integer('wrong passwords from one address in the window', 20),
  LOGIN_WINDOW_SECONDS: integer('the window of the limit above', 3_600),

  RATE_LIMIT_MAX: integer(
    'calls to /api/auth a minute from one address; a carrier hides thousands behind one',
    600
  ),
  TRUST_PROXY: list(
    'addresses of your proxies, as CIDRs: whose X-Forwarded-For is believed; together at most four times a /8 (IPv6: a /16)',
    ''
  ),
  CORS_ORIGINS: list(
    'origins of web apps that may call the API, e.g. https://my.example.uz; development adds those of localhost',
    ''
  ),
  CORS_MAX_AGE_SECONDS: integer('how long a browser may keep the answer to a preflight', 7_200, 0),
  BODY_LIMIT_BYTES: integer('largest request body', 16_384),
  HEADERS_TIMEOUT_MS: integer('a client has this long to send its headers', 10_000),
  REQUEST_TIMEOUT_MS: integer('a client has this long to send its request', 15_000),
  HANDLER_TIMEOUT_MS: integer('an answer that takes longer is a 503', 10_000)
})

/** What the operator's command and the migrations need: no secret of the service. */
export const OperatorConfigSchema = Type.Object({
  ...StoreSettings,
  ...PasswordSettings,
  PHONE_COUNTRIES: ConfigSchema.properties.PHONE_COUNTRIES
})

/** What the commands for the key file need: no store. */
export const KeysConfigSchema = Type.Object({ JWT_KEYS: text(KEY_FILE), ...KeySettings, ...LifetimeSettings })

export type Config = Static<typeof ConfigSchema>
export type OperatorConfig = Static<typeof OperatorConfigSchema>
export type KeysConfig = Static<typeof KeysConfigSchema>

/**
 * Reads the settings of the service.
 * @throws {ConfigInvalid} naming every bad setting at once, never a value
 */
export function loadConfig(env: Environment): Config {
  return parse(ConfigSchema, env, [...conflicts(env), ...badCountries(env), ...badTestNumbers(env)])
}

/** Reads the settings of the operator's command. @throws {ConfigInvalid} */
export function loadOperatorConfig(env: Environment): OperatorConfig {
  return parse(OperatorConfigSchema, env, [...databaseUrlProblems(env), ...badCountries(env)])
}

/** Reads the settings of the commands for the key file. @throws {ConfigInvalid} */
export function loadKeysConfig(env: Environment): KeysConfig {
  return parse(KeysConfigSchema, env, [])
}

export class ConfigInvalid extends Error {
  override name = 'ConfigInvalid'
  constructor(problems: string[]) {
    super(['The settings cannot be used (.env.example explains them):', ...problems].join('\n  '))
  }
}

function parse<T extends TObject>(schema: T, env: Environment, problems: string[]): Static<T> {
  for (const name of Object.keys(schema.properties)) {
    // Every secret of such bytes would be the same.
    if (isGarbled(env[name] ?? '')) problems.push(`${name} must be text in UTF-8`)
  }
  const isList = (name: string) => schema.properties[name]?.separator !== undefined
  const given = Object.fromEntries(
    Object.entries(env)
      // An empty line in an .env file (`DATABASE_URL=`) means: not set.
      .filter(([, value]) => value !== undefined && value !== '')
      .map(([name, value]) => [name, isList(name) ? items(value).join(',') : value])
  )
  try {
    const config = envSchema<Static<T>>({ schema, data: given, env: false })
    if (problems.length === 0) return config
  } catch (error) {
    if (!(error instanceof Error && 'errors' in error && Array.isArray(error.errors))) throw error
    problems.unshift(...error.errors.map(settingProblem))
  }
  throw new ConfigInvalid(problems)
}

function settingProblem(error: {
  instancePath: string
  message: string
  params: Record<string, unknown>
}): string {
  if (typeof error.params.missingProperty === 'string') return `${error.params.missingProperty} is required`
  const allowed = Array.isArray(error.params.allowedValues)
    ? `: ${error.params.allowedValues.join(', ')}`
    : ''
  return `${error.instancePath.slice(1)} ${error.message}${allowed}`
}

function* conflicts(env: Environment) {
  yield* debugProblems(env)
  yield* databaseUrlProblems(env)
  yield* redisUrlProblems(env)
  yield* orderProblems(env)
  for (const origin of items(env.CORS_ORIGINS)) {
    const problem = originProblem(origin)
    if (problem) yield problem
  }
  if (env.NODE_ENV === 'production' && (env.SMS_GATEWAY || 'mock') === 'mock') {
    yield 'SMS_GATEWAY must not be mock with NODE_ENV=production: no citizen would get a code'
  }
  if (!env.JWT_SECRET && !env.JWT_KEYS) {
    yield 'JWT_SECRET is required, or JWT_KEYS for key pairs (made by "manage keys generate")'
  }
  if (env.JWT_SECRET && env.JWT_KEYS) {
    yield 'JWT_SECRET and JWT_KEYS must not be set both: tokens are signed with a shared secret or with key pairs'
  }
  const { SMS_PRICE, SMS_BUDGET_PER_DAY } = ConfigSchema.properties
  if (
    Number(env.SMS_PRICE || SMS_PRICE.default) > Number(env.SMS_BUDGET_PER_DAY || SMS_BUDGET_PER_DAY.default)
  ) {
    yield 'SMS_BUDGET_PER_DAY must pay for one SMS at least: it is less than SMS_PRICE'
  }
  const { JWT_AUDIENCE, JWT_REFRESH_AUDIENCE } = ConfigSchema.properties
  if (
    (env.JWT_AUDIENCE || JWT_AUDIENCE.default) === (env.JWT_REFRESH_AUDIENCE || JWT_REFRESH_AUDIENCE.default)
  ) {
    yield 'JWT_REFRESH_AUDIENCE must differ from JWT_AUDIENCE: other services would take refresh tokens for access tokens'
  }
  if (env.JWT_SECRET && env.JWT_SECRET === env.OTP_SECRET) yield 'OTP_SECRET must differ from JWT_SECRET'
  const trusted = items(env.TRUST_PROXY).reduce((sum, range) => sum + shareOfWidest(range), 0)
  // All private ranges, those of carriers and of this machine are two and a half.
  if (trusted > 4) {
    yield 'TRUST_PROXY must list CIDRs, e.g. 10.0.0.0/8,fd12:3456::/32; true, a number or more than a /8 (IPv6: a /16) could be spoofed, and so could more than four of these together'
  }
}

function* badCountries({ PHONE_COUNTRIES }: Environment) {
  const unknown = items(PHONE_COUNTRIES).filter((country) => !isSupportedCountry(country))
  if (unknown.length > 0) yield `PHONE_COUNTRIES must list ISO 3166 codes; not known: ${unknown.join(', ')}`
  if (PHONE_COUNTRIES && items(PHONE_COUNTRIES).length === 0) yield 'PHONE_COUNTRIES must name a country'
}

function* badTestNumbers({ TEST_NUMBERS, PHONE_COUNTRIES }: Environment) {
  const countries = items(PHONE_COUNTRIES || DEFAULT_COUNTRY).filter((country) => isSupportedCountry(country))
  for (const problem of testNumberProblems(items(TEST_NUMBERS), countries)) yield `TEST_NUMBERS ${problem}`
}

function items(list = ''): string[] {
  return list
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean)
}

/** What part a range is of the widest that can be trusted: a /8 (IPv6: a /16); infinite when it is wider, or no CIDR. */
function shareOfWidest(range: string): number {
  const [address = '', bits, ...rest] = range.split('/')
  const [widest, size] =
    { 4: [8, 32], 6: [isIP(address) === 6 && isMapped(address) ? 104 : 16, 128] }[isIP(address)] ?? []
  if (rest.length > 0 || widest === undefined || size === undefined) return Number.POSITIVE_INFINITY
  const prefix = bits === undefined ? size : Number(/^\d{1,3}$/.exec(bits)?.[0])
  return prefix >= widest && prefix <= size ? 2 ** (widest - prefix) : Number.POSITIVE_INFINITY
}

/** Whether an IPv6 address stands for one of IPv4 (RFC 4291, 2.5.5.2), however it is written. */
function isMapped(address: string): boolean {
  return new URL(`http://[${address}]`).hostname.startsWith('[::ffff:')
}
