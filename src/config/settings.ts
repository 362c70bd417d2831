import { type Static, type StringOptions, type TSchema, Type } from '@sinclair/typebox'
import type { CountryCode } from 'libphonenumber-js/mobile'
import { LANGUAGES } from '../text/language.ts'

/** The loosest form of `process.env`, so that tests and scripts can pass plain objects. */
export type Environment = Record<string, string | undefined>

const text = (description: string, options: StringOptions = {}) => Type.String({ description, ...options })
const integer = (description: string, value: number, minimum = 1, maximum = 2_147_483_647) =>
  Type.Integer({ description, default: value, minimum, maximum })
const flag = (description: string) => Type.Boolean({ description, default: false })
const list = <T extends string = string>(description: string, value: NoInfer<T>[], ...words: T[]) =>
  Type.Unsafe<T[]>(
    Type.Array(words.length > 0 ? Type.Union(words.map((word) => Type.Literal(word))) : Type.String(), {
      description,
      default: value
    })
  )
/** The address of a provider's API; the default is the real one, others are for tests. */
const address = (whose: string, value: string) =>
  text(`base URL of the ${whose} API`, { default: value, pattern: '^https?://' })
const choice = <T extends string>(description: string, value: T, ...others: T[]) =>
  Type.Union(
    [value, ...others].map((word) => Type.Literal(word)),
    { description, default: value }
  )
// No blanks at either end: other services trim theirs.
const name = (description: string, value: string) =>
  text(description, { default: value, pattern: '^\\S(.*\\S)?$' })
const smsText = (language: string) =>
  Type.Optional(
    text(
      `your own sign-in SMS in ${language}: contains {code} once and, optionally, {minutes} (the lifetime of the code); a text of two parts costs twice as much`
    )
  )
// Credentials go into headers, which cannot hold the line break at the end of a file.
const credential = (description: string) => Type.Optional(text(description, { pattern: '^\\S(.*\\S)?$' }))
// Not just blanks: fast-jwt signs with anything.
const secret = (description: string) => text(description, { minLength: 32, pattern: '^\\S.*\\S$' })

export const GATEWAYS = ['telegram', 'eskiz', 'playmobile', 'twilio', 'webhook', 'mock'] as const
export type GatewayName = (typeof GATEWAYS)[number]

export const DEFAULT_COUNTRY = 'UZ'

/** Neither a URL nor a host with a port. */
const ADDRESS_TO_LISTEN_ON = '^([0-9A-Za-z.-]+|[0-9A-Fa-f:.]+(%\\w+)?)$'

const KEY_FILE =
  'path of the file with the key pairs that sign the tokens (ES256, EdDSA); if JWT_SECRET is also set, it signs, and tokens of these keys are only accepted'

/** Settings whose names share a prefix: `otp.ttlSeconds` is OTP_TTL_SECONDS. */
const group = <Fields extends Record<string, TSchema>>(prefix: string, fields: Fields) => ({
  fields: Type.Object(fields),
  /** The name of a field's environment variable. */
  nameOf: (field: string) => `${prefix}${field.replace(/[A-Z]/g, '_$&').toUpperCase()}`
})

/** Every setting: meaning, bounds and default. One without a default is required unless optional. A group configures a plugin. */
export const groups = {
  process: group('', {
    nodeEnv: choice(
      'in production the service refuses to start with DEBUG or the mock SMS gateway',
      'development',
      'production',
      'test'
    ),
    debug: flag(
      'accepts the code 1111 for any number and, with the mock gateway, serves the development page at / and /dev; requires an explicit NODE_ENV=development and a HOST that only this machine can reach, e.g. 127.0.0.1'
    ),
    debugEvenOnANetwork: flag(
      'allows DEBUG on a HOST that other machines can reach: anybody there can sign in as anybody'
    ),
    logLevel: text(
      'least severe level that is logged: fatal, error, warn, info, debug or trace; silent logs nothing',
      {
        default: 'info',
        pattern: '^(fatal|error|warn|info|debug|trace|silent)$'
      }
    )
  }),
  server: group('', {
    host: text('address to listen on; 0.0.0.0 means every IPv4 interface', {
      default: '0.0.0.0',
      pattern: ADDRESS_TO_LISTEN_ON
    }),
    port: integer('port to listen on; 0 picks a free one', 3000, 0, 65_535),
    trustProxy: list(
      'CIDRs of the proxies whose X-Forwarded-For is trusted; each at most a /8 (IPv6: a /16), together at most four times that',
      []
    ),
    bodyLimitBytes: integer('largest request body accepted, in bytes; a larger one gets a 413', 16_384),
    headersTimeoutMs: integer(
      'milliseconds a client has to send its headers; after that it gets a 408',
      10_000
    ),
    requestTimeoutMs: integer(
      'milliseconds a client has to send its whole request, headers included; after that it gets a 408',
      15_000
    ),
    handlerTimeoutMs: integer(
      'milliseconds in which a request must be answered, not counting the arrival of its body; after that it gets a 503',
      10_000
    ),
    drainSeconds: integer(
      'seconds after SIGTERM during which /health/ready and /health/serving answer 503 while everything else is still served, so that load balancers send traffic elsewhere first',
      5,
      0,
      300
    )
  }),
  shedding: group('SHED_', {
    waitMs: integer(
      'milliseconds a request may wait to be started; one that would wait longer gets a 503 at once and may retry',
      400
    )
  }),
  metrics: group('METRICS_', {
    port: Type.Optional(
      Type.Integer({
        description:
          'port that serves /metrics to Prometheus, which must not be reachable from outside; if unset, there are no metrics; 0 picks a free one',
        minimum: 0,
        maximum: 65_535
      })
    ),
    host: Type.Optional(
      text('address on which METRICS_PORT listens; if unset, that of HOST', { pattern: ADDRESS_TO_LISTEN_ON })
    )
  }),
  traces: group('OTEL_EXPORTER_OTLP_', {
    endpoint: Type.Optional(
      text(
        'base URL of an OpenTelemetry collector that receives traces over HTTP, e.g. http://127.0.0.1:4318; if unset, none are sent',
        { pattern: '^https?://' }
      )
    ),
    protocol: choice(
      'protocol and encoding in which traces are sent to the collector: http/protobuf or http/json',
      'http/protobuf',
      'http/json'
    )
  }),
  cors: group('CORS_', {
    origins: list(
      'origins of the web apps that may call the API, e.g. https://my.example.uz; DEBUG also allows every localhost origin',
      []
    ),
    maxAgeSeconds: integer(
      'seconds for which a browser may cache the response to a preflight request',
      7_200,
      0
    )
  }),
  database: group('DATABASE_', {
    url: text(
      'URL of PostgreSQL, as postgres://user:password@host:5432/name; of several hosts (one:5432,two:5432), the one that accepts writes is used',
      { pattern: '^postgres(ql)?://' }
    ),
    prepare: Type.Boolean({
      description:
        'whether statements are prepared; set false behind a pooler in transaction mode, such as PgBouncer',
      default: true
    }),
    poolMax: integer(
      'size of the PostgreSQL connection pool of each process; all pools together must fit into max_connections',
      10
    ),
    timeoutMs: integer('milliseconds after which a PostgreSQL statement is cancelled', 5_000),
    queueMax: integer(
      'statements that may wait for a connection in each process; further ones are refused, and their requests get a 503 and may retry',
      1_000,
      0
    ),
    queueTimeoutMs: integer(
      'milliseconds a statement may wait for a connection, after which it is never sent; one that would have to wait longer is refused at once',
      1_000
    ),
    lockTimeoutMs: integer('milliseconds a statement may wait for a locked row before it is cancelled', 500),
    clockCheckMs: integer(
      'how often, in milliseconds, each process reads the clock of PostgreSQL, which decides when tokens expire',
      10_000
    )
  }),
  migrations: group('MIGRATION_', {
    lockTimeoutMs: integer(
      'milliseconds a migration may wait for a table lock before it is abandoned: every statement that needs the table meanwhile queues behind it',
      2_000
    )
  }),
  redis: group('REDIS_', {
    url: text(
      'URL of Redis, as redis://user:password@host:6379/0; with sentinels, redis+sentinel://user:password@one:26379,two:26379/0?name=mymaster',
      { pattern: '^rediss?(\\+sentinel)?://' }
    ),
    cluster: flag(
      'REDIS_URL names nodes of a Redis Cluster (one:6379,two:6379), from which the other nodes are discovered'
    ),
    keyPrefix: text(
      'prefix of every key in Redis; changing it leaves all outstanding codes and counters behind',
      { default: 'citizen-auth:' }
    ),
    timeoutMs: integer('milliseconds after which an unanswered Redis command is given up', 400),
    waitReplicas: integer(
      'replicas that must confirm a used code or a counted guess before it is answered; if fewer do within half of REDIS_TIMEOUT_MS, the call gets a 503, so keep this below the number of replicas',
      0,
      0
    ),
    allowEviction: flag(
      'starts even if Redis may evict keys (its maxmemory-policy is not noeviction), including the counters that stop guessers'
    )
  }),
  rateLimit: group('RATE_LIMIT_', {
    max: integer(
      "code requests and guesses allowed a minute from one address, and likewise other calls from one address or in one session; more get a 429; a carrier's NAT puts thousands of people behind one address",
      600
    )
  }),
  user: group('USER_', {
    requestsMax: integer(
      'requests of one signed-in user that each process handles at once; further ones wait for their turn; keep it below DATABASE_POOL_MAX, so that a locked row of one user cannot tie up the whole connection pool',
      5
    )
  }),
  jwt: group('JWT_', {
    secret: Type.Optional(
      secret(
        'secret that signs the tokens (HS256), required unless JWT_KEYS is set; at least 32 characters, e.g. from: openssl rand -base64 48'
      )
    ),
    acceptedSecret: Type.Optional(
      secret(
        'the other secret while JWT_SECRET is being changed: tokens signed with it are accepted too (docs/secrets.md)'
      )
    ),
    keys: Type.Optional(text(KEY_FILE)),
    keysCheckMs: integer(
      'how often, in milliseconds, each process checks the JWT_KEYS file for changes',
      1_000,
      10,
      10_000
    ),
    issuer: name(
      'the `iss` claim of every token; tokens with another one are refused, so changing it signs everybody out',
      'citizen-auth'
    ),
    audience: name(
      'the `aud` claim of access tokens; access tokens with another one are refused',
      'citizen-api'
    ),
    refreshAudience: name(
      'the `aud` claim of refresh tokens, which no other service may accept; must differ from JWT_AUDIENCE',
      'citizen-auth:refresh'
    )
  }),
  jwks: group('JWKS_', {
    maxAgeSeconds: integer(
      'seconds for which other services may cache our public keys; a new key must be published this long before it signs',
      300,
      0
    )
  }),
  sessions: group('', {
    accessTtlSeconds: integer("lifetime of a citizen's access token, in seconds", 900),
    refreshTtlSeconds: integer(
      'lifetime of an unused refresh token, in seconds; the default is 14 days',
      1_209_600
    ),
    staffAccessTtlSeconds: integer(
      'lifetime of a staff access token and its session, in seconds; the default is a working day',
      28_800
    ),
    sessionTtlSeconds: integer(
      "lifetime of a citizen's session, in seconds, however much it is used; the default is 30 days",
      2_592_000
    ),
    refreshGraceSeconds: integer(
      'a spent refresh token still returns its successor until this many seconds after the successor was first used (two tabs may refresh at once); after that, it ends the session',
      20,
      0,
      300
    ),
    phoneDormantDays: integer(
      'days without a sign-in after which the next one ends every older session and puts the profile away: operators resell numbers after 90 to 150 days',
      90
    )
  }),
  sweep: group('SESSION_', {
    sweepSeconds: integer(
      'how often, in seconds, each process deletes sessions past SESSION_KEEP_SECONDS, and profiles and former numbers put away more than 30 days ago',
      600,
      1,
      86_400
    ),
    keepSeconds: integer(
      'seconds for which a session stays in the database after it was ended or reached its maximum lifetime',
      86_400,
      0
    ),
    sweepBatch: integer('most sessions, or other such rows, deleted in one statement of a sweep', 500)
  }),
  auth: group('', {
    reauthSeconds: integer(
      'how recent, in seconds, the sign-in must be for changing the phone number or deleting the account; refreshing does not renew it',
      600
    )
  }),
  phone: group('PHONE_', {
    countries: list<CountryCode>(
      'countries (ISO 3166 codes) whose mobile numbers may sign in, e.g. UZ,KZ; a number without a country code belongs to the first',
      [DEFAULT_COUNTRY]
    )
  }),
  phoneChange: group('PHONE_CHANGE_', {
    sendsPerDay: integer('codes that one account may send in 24 hours to numbers it wants to change to', 10)
  }),
  passwords: group('PASSWORD_', {
    minLength: integer(
      'minimum length of a staff password, in characters; checked when one is set',
      12,
      8,
      128
    ),
    hashConcurrency: Type.Optional(
      Type.Integer({
        description:
          'passwords that each process hashes at once for numbers that have signed in from the same address before, plus half as many for strangers; if unset, one less than the number of cores, at most three',
        minimum: 1
      })
    ),
    hashQueueMax: integer(
      'logins that may wait to be hashed in each queue (known numbers, strangers); further ones get a 503 and may retry',
      32,
      0
    ),
    hashWaitMs: integer(
      'milliseconds a login may wait to be hashed; one that would wait longer gets a 503 at once and may retry',
      800
    )
  }),
  login: group('LOGIN_', {
    waitSeconds: integer(
      'seconds that a number must wait at an address after a wrong password from there; doubles with each further one in a row',
      1,
      1,
      86_400
    ),
    waitMaxSeconds: integer(
      'upper limit, in seconds, of the doubling wait that begins with LOGIN_WAIT_SECONDS',
      900,
      1,
      86_400
    ),
    maxFailuresPerDay: integer(
      'wrong passwords for one number in 24 hours from all addresses where it has not signed in within OTP_KNOWN_DAYS, before logins from those get a 429; addresses where it has are not counted',
      100
    ),
    maxFailuresPerAddress: integer(
      'wrong passwords from one address in an hour, for any numbers, before logins from there get a 429',
      20
    )
  }),
  sms: group('SMS_', {
    gateways: list<GatewayName>(
      'gateways that carry the codes, in the order in which they are tried: telegram, eskiz, playmobile, twilio, webhook; mock sends nothing, and with DEBUG the development page shows the messages',
      ['mock'],
      ...GATEWAYS
    ),
    connections: integer(
      'most messages in flight from each process to one gateway at once; beyond that, the next gateway is tried',
      200
    ),
    connectTimeoutMs: integer(
      'milliseconds that connecting to a gateway may take before the next one is tried',
      3_000
    ),
    mockFile: Type.Optional(text('file to which the mock gateway appends each message, as one line of JSON')),
    timeoutMs: integer(
      'milliseconds to wait for an answer from a gateway; after that it may have taken the message, so the send counts, its code works and no other gateway is tried',
      8_000
    ),
    probeMs: integer(
      'milliseconds for which a gateway is skipped once most of at least five messages in 30 seconds failed there, before one message probes it; the last gateway is never skipped',
      10_000
    ),
    callbackUrl: Type.Optional(
      text(
        'public https address of this service, e.g. https://auth.example.uz, to which providers report whether messages arrive; needs SMS_CALLBACK_SECRET',
        { pattern: '^https://[^?#]*$' }
      )
    ),
    callbackSecret: Type.Optional(
      text(
        'secret in the URL path of delivery reports that the provider does not sign; at least 32 letters, digits, - or _',
        {
          pattern: '^[A-Za-z0-9_-]{32,}$'
        }
      )
    ),
    perDay: integer(
      'codes that the whole service may send in 24 hours before everybody gets a 503; while a third as many are sent but unused, strangers wait',
      100_000
    ),
    perHour: integer(
      'codes that the whole service may send in an hour before everybody gets a 503; while a third as many are sent but unused, strangers wait',
      20_000
    ),
    language: choice(
      'language of notices, and of the code to a caller whose Accept-Language names none of uz, uz-Cyrl, kaa, ru and en',
      ...LANGUAGES
    ),
    textUz: smsText('Uzbek (Latin)'),
    textUzCyrl: smsText('Uzbek (Cyrillic)'),
    textKaa: smsText('Karakalpak'),
    textRu: smsText('Russian'),
    textEn: smsText('English')
  }),
  app: group('', {
    appDomain: Type.Optional(
      text(
        'host of the app, e.g. my.example.uz: the SMS ends with @host #code, from which browsers and iOS fill in the code; the registrable domain is enough',
        { pattern: '^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z][a-z0-9-]*[a-z0-9]$', maxLength: 253 }
      )
    ),
    androidAppHash: Type.Optional(
      text("11-character hash by which Android's SMS Retriever finds the app; the SMS ends with it", {
        pattern: '^[A-Za-z0-9+/]{11}$'
      })
    )
  }),
  telegram: group('TELEGRAM_', {
    url: address('Telegram Gateway', 'https://gatewayapi.telegram.org'),
    token: credential('API token of the account at gateway.telegram.org'),
    senderUsername: Type.Optional(
      text('username of your verified Telegram channel, from which the codes are sent')
    ),
    waitSeconds: integer(
      'seconds after which a code that Telegram has not delivered is also sent through the next gateway',
      25,
      1,
      300
    )
  }),
  eskiz: group('ESKIZ_', {
    url: address('Eskiz', 'https://notify.eskiz.uz'),
    email: credential('email address of the Eskiz account'),
    password: Type.Optional(
      text('API password shown in the Eskiz account, not the password for its website')
    ),
    from: text('sender that citizens see', { default: '4546' }),
    balanceMin: integer(
      'balance of the Eskiz account, in soum, below which a warning is logged; checked once an hour',
      100_000,
      0
    )
  }),
  playmobile: group('PLAYMOBILE_', {
    url: address('Play Mobile', 'https://send.smsxabar.uz'),
    login: credential('login of the Play Mobile account'),
    password: credential('password of the Play Mobile account'),
    originator: text('sender that citizens see', { default: '3700' })
  }),
  twilio: group('TWILIO_', {
    url: address('Twilio', 'https://api.twilio.com'),
    accountSid: credential('SID of the Twilio account'),
    authToken: credential('auth token of the Twilio account'),
    from: Type.Optional(
      text('sender that citizens see: a number (E.164), a name, or the SID of a messaging service (MG…)')
    )
  }),
  webhook: group('WEBHOOK_', {
    url: Type.Optional(
      text(
        'URL of your own script that delivers each message: it receives {id, to, text, language, code, ttl_seconds} by POST and accepts the message with any 2xx',
        { pattern: '^https?://' }
      )
    ),
    secret: Type.Optional(
      secret(
        'key of X-Request-Signature, the hex HMAC-SHA256 of X-Request-Timestamp, a line feed and the body; at least 32 characters'
      )
    )
  }),
  captcha: group('CAPTCHA_', {
    verifyUrl: Type.Optional(
      text(
        'siteverify URL of Turnstile or hCaptcha: a stranger who has to wait because too many codes are unused (SMS_PER_DAY, SMS_PER_HOUR) may solve a captcha instead',
        { pattern: '^https?://' }
      )
    ),
    secret: Type.Optional(
      text('secret key with which captchas are verified at CAPTCHA_VERIFY_URL; set both or neither')
    ),
    timeoutMs: integer(
      'milliseconds to wait for CAPTCHA_VERIFY_URL; a captcha not verified by then counts as unsolved',
      3_000
    )
  }),
  otp: group('OTP_', {
    secret: secret(
      'HMAC key of the digests that stand for the codes in Redis; at least 32 characters, and not JWT_SECRET'
    ),
    acceptedSecret: Type.Optional(
      secret(
        'the other secret while OTP_SECRET is being changed: codes and devices stored under it are recognized too (docs/secrets.md)'
      )
    ),
    length: integer('number of digits in a code; 6 is recommended', 4, 4, 8),
    longLength: integer(
      'number of digits in a code for a number that is being guessed at; if equal to OTP_LENGTH, callers wait instead of getting longer codes',
      6,
      4,
      8
    ),
    ttlSeconds: integer('lifetime of a code, in seconds', 300),
    resendSeconds: integer('cooldown between two codes to one number, in seconds', 60),
    maxAttempts: integer(
      'wrong guesses at one code before it is void, plus one reserved for the caller who requested it',
      5
    ),
    maxFailuresPerDay: integer(
      'wrong guesses at short codes of one number in 24 hours before its codes become long; a new code does not reset the count',
      10,
      2
    ),
    maxFailuresInRow: integer(
      'wrong guesses at one number in a row, over any period, before its codes become long until it signs in',
      30
    ),
    longFailuresPerDay: integer(
      'wrong guesses at long codes of one number in 24 hours, for each standing of the caller (docs/limits.md), before the caller gets a 429',
      20,
      2
    ),
    hourlyAfterFailures: integer(
      'wrong guesses at one number in a row before only one an hour is accepted, except from known devices and for the first guess of the caller who requested the code',
      100
    ),
    sendsPerHour: integer(
      'codes sent to one number in an hour, for each standing of the caller (docs/limits.md), before the caller gets a 429',
      5
    ),
    sendsPerDay: integer(
      'codes sent to one number in 24 hours, for each standing of the caller (docs/limits.md), before the caller gets a 429',
      10
    ),
    knownDays: integer(
      'days for which a device or address that has signed in with a number keeps its own limits there, which strangers cannot use up',
      90
    )
  }),
  address: group('ADDRESS_', {
    failuresPerDay: integer(
      'wrong codes from one address in 24 hours not followed by a sign-in of their number from there, plus two for each number that did sign in from there; beyond that, callers there whom their number does not know get long codes',
      30
    ),
    sendsPerHour: integer(
      'codes requested from one address in an hour and not used from there, plus one for every two numbers that signed in from there; beyond that, callers there wait, except on known devices',
      20
    )
  }),
  strict: group('STRICT_', {
    failuresPerDay: integer(
      'wrong guesses at short codes in the whole service in 24 hours, not followed by a sign-in of their number from the same address; beyond that, strict mode gives strangers long codes until only half as many are left',
      100
    ),
    failuresPerTenMinutes: integer(
      'same as STRICT_FAILURES_PER_DAY, for the wrong guesses of ten minutes; exceeding either limit begins strict mode',
      40
    ),
    failuresPercent: Type.Number({
      description:
        'percentage of the sign-ins in the same period that is added to STRICT_FAILURES_PER_DAY and STRICT_FAILURES_PER_TEN_MINUTES',
      default: 2,
      minimum: 0,
      maximum: 100
    }),
    addressFailuresPerDay: integer(
      'wrong codes from one address in 24 hours not followed by a sign-in of their number from there, or a tenth of the numbers that signed in from there if that is more, after which strict mode treats the people there as strangers',
      4
    )
  }),
  test: group('TEST_', {
    numbers: list(
      'for app-store review, at most ten entries of number:code:last day (UTC): until that day the number signs in with the fixed code of 6 to 8 digits',
      []
    )
  })
}

export type GroupName = keyof typeof groups

/** Every setting by the name of its environment variable. */
export const settings: ReadonlyMap<string, TSchema> = new Map(
  Object.values(groups).flatMap(({ fields, nameOf }) =>
    Object.entries<TSchema>(fields.properties).map(([field, schema]) => [nameOf(field), schema] as const)
  )
)

/** The settings of some groups; by default, of all. */
export type Config<Name extends GroupName = GroupName> = {
  [Group in Name]: Static<(typeof groups)[Group]['fields']>
}
/** What the operator's command needs: no secret of the service. */
export const OPERATOR_GROUPS = ['database', 'migrations', 'passwords', 'phone'] as const
export type OperatorConfig = Config<(typeof OPERATOR_GROUPS)[number]>

/** What the gateway commands need: no store. */
export const SMS_GROUPS = [
  'sms',
  'app',
  'telegram',
  'eskiz',
  'playmobile',
  'twilio',
  'webhook',
  'phone',
  'otp'
] as const
export type SmsConfig = Config<(typeof SMS_GROUPS)[number]>

/** What the key file commands need: no store. */
export const KEYS_GROUPS = ['jwt', 'jwks', 'sessions'] as const
export type KeysConfig = Config<(typeof KEYS_GROUPS)[number]> & { keyFile: string }
