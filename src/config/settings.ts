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
  text(`where the API of ${whose} is`, { default: value, pattern: '^https?://' })
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
    text(`your own sign-in SMS in ${language}: {code} once, and if you like {minutes}; two parts cost twice`)
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
  'the file of the key pairs that sign the tokens (ES256, EdDSA); beside JWT_SECRET their tokens are only accepted'

/** Settings whose names share a prefix: `otp.ttlSeconds` is OTP_TTL_SECONDS. */
const group = <Fields extends Record<string, TSchema>>(prefix: string, fields: Fields) => ({
  fields: Type.Object(fields),
  /** The name of a field's environment variable. */
  nameOf: (field: string) => `${prefix}${field.replace(/[A-Z]/g, '_$&').toUpperCase()}`
})

/** Every setting: meaning, bounds and default. One without a default is required unless optional. A group configures a plugin. */
export const groups = {
  process: group('', {
    nodeEnv: choice('production refuses DEBUG and the mock SMS gateway', 'development', 'production', 'test'),
    debug: flag(
      'accepts the code 1111 for any number and, with the mock gateway, serves the page at / and /dev; only with NODE_ENV=development written out and a HOST of this machine alone, e.g. 127.0.0.1'
    ),
    debugEvenOnANetwork: flag('DEBUG may be on where others can reach HOST: they can sign in as anybody'),
    logLevel: text('fatal, error, warn, info, debug, trace or silent', {
      default: 'info',
      pattern: '^(fatal|error|warn|info|debug|trace|silent)$'
    })
  }),
  server: group('', {
    host: text('address to listen on', {
      default: '0.0.0.0',
      pattern: ADDRESS_TO_LISTEN_ON
    }),
    port: integer('port to listen on; 0 takes a free one', 3000, 0, 65_535),
    trustProxy: list(
      'addresses of your proxies, as CIDRs: whose X-Forwarded-For is believed; together at most four times a /8 (IPv6: a /16)',
      []
    ),
    bodyLimitBytes: integer('largest request body', 16_384),
    headersTimeoutMs: integer('a client has this long to send its headers', 10_000),
    requestTimeoutMs: integer('a client has this long to send its request', 15_000),
    handlerTimeoutMs: integer('an answer that takes longer is a 503', 10_000),
    drainSeconds: integer(
      'on SIGTERM /health/ready says 503 for so long while everything is still served, so that balancers go elsewhere first',
      5,
      0,
      300
    )
  }),
  shedding: group('SHED_', {
    waitMs: integer(
      'a request that would wait longer than this before it is begun is told to come back (503) at once',
      400
    )
  }),
  metrics: group('METRICS_', {
    port: Type.Optional(
      Type.Integer({
        description:
          'port of /metrics for Prometheus, which is not to be reached from outside; without it there is none; 0 takes a free one',
        minimum: 0,
        maximum: 65_535
      })
    ),
    host: Type.Optional(
      text('address for METRICS_PORT; without it, that of HOST', { pattern: ADDRESS_TO_LISTEN_ON })
    )
  }),
  traces: group('OTEL_EXPORTER_OTLP_', {
    endpoint: Type.Optional(
      text(
        'an OpenTelemetry collector that gets traces by HTTP, e.g. http://127.0.0.1:4318; without it there are none',
        { pattern: '^https?://' }
      )
    ),
    protocol: choice('how the collector is spoken to', 'http/protobuf', 'http/json')
  }),
  cors: group('CORS_', {
    origins: list(
      'origins of web apps that may call the API, e.g. https://my.example.uz; DEBUG adds every one of localhost',
      []
    ),
    maxAgeSeconds: integer('how long a browser may keep the answer to a preflight', 7_200, 0)
  }),
  database: group('DATABASE_', {
    url: text(
      'PostgreSQL, as postgres://user:password@host:5432/name; of several hosts, one:5432,two:5432, the one that takes writes is used',
      { pattern: '^postgres(ql)?://' }
    ),
    prepare: Type.Boolean({
      description: 'false: statements are not prepared, for a pooler such as PgBouncer in transaction mode',
      default: true
    }),
    poolMax: integer('connections to PostgreSQL that one process opens at most', 10),
    timeoutMs: integer('a PostgreSQL statement is given up after this time', 5_000),
    queueMax: integer(
      'statements that may wait for a connection; more are told to come back (503)',
      1_000,
      0
    ),
    queueTimeoutMs: integer(
      'a statement that got no connection within this time is never sent; one that would have to wait longer is refused at once',
      1_000
    ),
    lockTimeoutMs: integer(
      'a statement that waits longer than this for a row that is locked is given up',
      500
    ),
    clockCheckMs: integer('how often a process reads the clock of PostgreSQL', 10_000)
  }),
  migrations: group('MIGRATION_', {
    lockTimeoutMs: integer(
      'a migration that waits longer for a table is given up: whoever needs that table waits behind it',
      2_000
    )
  }),
  redis: group('REDIS_', {
    url: text(
      'Redis, as redis://user:password@host:6379/0; with sentinels, redis+sentinel://user:password@one:26379,two:26379/0?name=mymaster',
      { pattern: '^rediss?(\\+sentinel)?://' }
    ),
    cluster: flag(
      'REDIS_URL names nodes of a Redis Cluster, one:6379,two:6379; the others are asked of them'
    ),
    keyPrefix: text('put before every key in Redis', { default: 'citizen-auth:' }),
    timeoutMs: integer('a Redis command is given up after this time', 400),
    waitReplicas: integer(
      'replicas that must have a spent code or a counted guess before it is answered; a call that they do not confirm within half of REDIS_TIMEOUT_MS is a 503',
      0,
      0
    ),
    allowEviction: flag('starts also on a Redis that may evict the counters that stop guessers')
  }),
  rateLimit: group('RATE_LIMIT_', {
    max: integer(
      'codes and guesses a minute from one address, and other calls likewise; a carrier hides thousands behind one',
      600
    )
  }),
  user: group('USER_', {
    requestsMax: integer(
      'requests of one signed-in user that are under way in one process at the same time, more wait for their turn; keep it below DATABASE_POOL_MAX, so that a locked row of one user does not hold all connections',
      5
    )
  }),
  jwt: group('JWT_', {
    secret: Type.Optional(
      secret(
        'this or JWT_KEYS is required: signs the tokens (HS256); at least 32 characters, e.g. from: openssl rand -base64 48'
      )
    ),
    acceptedSecret: Type.Optional(
      secret('while JWT_SECRET is changed, the other one: its tokens are accepted too (docs/secrets.md)')
    ),
    keys: Type.Optional(text(KEY_FILE)),
    keysCheckMs: integer('how often a process looks whether JWT_KEYS has changed', 1_000, 10, 10_000),
    issuer: name('the `iss` of every token', 'citizen-auth'),
    audience: name('the `aud` of access tokens', 'citizen-api'),
    refreshAudience: name(
      'the `aud` of refresh tokens: no service but this one may take them',
      'citizen-auth:refresh'
    )
  }),
  jwks: group('JWKS_', {
    maxAgeSeconds: integer('how long others may keep our public keys before they ask again', 300, 0)
  }),
  sessions: group('', {
    accessTtlSeconds: integer("life of a citizen's access token", 900),
    refreshTtlSeconds: integer('life of an unused refresh token: 14 days', 1_209_600),
    staffAccessTtlSeconds: integer('life of a staff access token and its session: a working day', 28_800),
    sessionTtlSeconds: integer("life of a citizen's session, however much it is used: 30 days", 2_592_000),
    refreshGraceSeconds: integer(
      'a spent refresh token gets its successor again until this long after that was first used (two tabs)',
      20,
      0,
      300
    ),
    phoneDormantDays: integer(
      'a sign-in after so many days without one ends every older session and puts the profile away: operators resell numbers after 90 to 150',
      90
    )
  }),
  sweep: group('SESSION_', {
    sweepSeconds: integer('how often a process deletes sessions that are over', 600, 1, 86_400),
    keepSeconds: integer('how long a session is kept after its end', 86_400, 0),
    sweepBatch: integer('sessions deleted in one statement', 500)
  }),
  auth: group('', {
    reauthSeconds: integer(
      'changing the number and deleting the account need a sign-in not older than this',
      600
    )
  }),
  phone: group('PHONE_', {
    countries: list<CountryCode>('countries whose mobile numbers may sign in, e.g. UZ,KZ', [DEFAULT_COUNTRY])
  }),
  phoneChange: group('PHONE_CHANGE_', {
    sendsPerDay: integer('codes that one account may send to other numbers in 24 hours', 10)
  }),
  passwords: group('PASSWORD_', {
    minLength: integer('characters a staff password has at least', 12, 8, 128),
    hashConcurrency: Type.Optional(
      Type.Integer({
        description:
          'passwords hashed at the same time for numbers that sign in where they have before, and half as many beside them for strangers; without it, one core less than there are, at most three',
        minimum: 1
      })
    ),
    hashQueueMax: integer(
      'logins that may wait for a hash, of either kind; more are told to come back (503)',
      32,
      0
    ),
    hashWaitMs: integer('a login that would wait longer for a hash is told to come back (503) at once', 800)
  }),
  login: group('LOGIN_', {
    waitSeconds: integer(
      'a number waits this long after a wrong password from the same address, and twice as long after each further one in a row',
      1,
      1,
      86_400
    ),
    waitMaxSeconds: integer('the longest such wait', 900, 1, 86_400),
    maxFailuresPerDay: integer(
      'wrong passwords for one number in 24 hours from all addresses where it has not signed in in OTP_KNOWN_DAYS; those where it has are not counted',
      100
    ),
    maxFailuresPerAddress: integer('wrong passwords from one address in an hour', 20)
  }),
  sms: group('SMS_', {
    gateways: list<GatewayName>(
      'who carries the codes, in the order in which they are tried: telegram, eskiz, playmobile, twilio, webhook; mock keeps them in memory',
      ['mock'],
      ...GATEWAYS
    ),
    connections: integer(
      'messages on their way to each gateway at the same time at most; the next gateway carries more',
      200
    ),
    connectTimeoutMs: integer('a gateway that has no connection by then is passed over', 3_000),
    mockFile: Type.Optional(
      text('the mock gateway also appends each message to this file, a JSON line each')
    ),
    timeoutMs: integer(
      'a gateway that has not answered by then may have taken the message: it counts, and its code works',
      8_000
    ),
    probeMs: integer(
      'a gateway that failed five times and mostly in 30 seconds is left alone for so long, then tried with one message',
      10_000
    ),
    callbackUrl: Type.Optional(
      text(
        'where providers reach this service, e.g. https://auth.example.uz: they report there what becomes of messages',
        { pattern: '^https://[^?#]*$' }
      )
    ),
    callbackSecret: Type.Optional(
      text('in the path of reports that no provider signs; at least 32 letters and digits', {
        pattern: '^[A-Za-z0-9_-]{32,}$'
      })
    ),
    perDay: integer(
      'codes sent by the whole service in 24 hours; strangers may leave a third of them unused, then they wait',
      100_000
    ),
    perHour: integer('codes sent by the whole service in an hour; a third likewise', 20_000),
    language: choice('of the SMS to who asks for none of these languages', ...LANGUAGES),
    textUz: smsText('Uzbek (Latin)'),
    textUzCyrl: smsText('Uzbek (Cyrillic)'),
    textKaa: smsText('Karakalpak'),
    textRu: smsText('Russian'),
    textEn: smsText('English')
  }),
  app: group('', {
    appDomain: Type.Optional(
      text(
        'host of the app, e.g. my.example.uz: the SMS ends with @host #code, by which browsers and iOS fill in the code; its registrable domain will do',
        { pattern: '^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z][a-z0-9-]*[a-z0-9]$', maxLength: 253 }
      )
    ),
    androidAppHash: Type.Optional(
      text("the 11 characters by which Android's SMS Retriever finds the app; the SMS ends with them", {
        pattern: '^[A-Za-z0-9+/]{11}$'
      })
    )
  }),
  telegram: group('TELEGRAM_', {
    url: address('Telegram Gateway', 'https://gatewayapi.telegram.org'),
    token: credential('the token of the account at gateway.telegram.org'),
    senderUsername: Type.Optional(text('a verified channel of yours, from which the codes come')),
    waitSeconds: integer('a code that has not arrived by then goes by the next gateway too', 25, 1, 300)
  }),
  eskiz: group('ESKIZ_', {
    url: address('Eskiz', 'https://notify.eskiz.uz'),
    email: credential('of the account at Eskiz'),
    password: Type.Optional(
      text('the password for the API, which the account shows; not the one of its pages')
    ),
    from: text('the sender that citizens see', { default: '4546' }),
    balanceMin: integer('less money than this (soum) is a warning; looked at once an hour', 100_000, 0)
  }),
  playmobile: group('PLAYMOBILE_', {
    url: address('Play Mobile', 'https://send.smsxabar.uz'),
    login: credential('of the account at Play Mobile'),
    password: credential('of that account'),
    originator: text('the sender that citizens see', { default: '3700' })
  }),
  twilio: group('TWILIO_', {
    url: address('Twilio', 'https://api.twilio.com'),
    accountSid: credential('of the account at Twilio'),
    authToken: credential('of that account'),
    from: Type.Optional(text('the sender: a number (E.164), a name, or a messaging service (MG…)'))
  }),
  webhook: group('WEBHOOK_', {
    url: Type.Optional(
      text(
        'a script of yours that carries each message further: it gets {id, to, text, code, ttl_seconds} by POST, and says with 2xx that it took it',
        { pattern: '^https?://' }
      )
    ),
    secret: Type.Optional(
      secret(
        'keys X-Request-Signature, the hex HMAC-SHA256 of X-Request-Timestamp, a line feed and the body; at least 32 characters'
      )
    )
  }),
  captcha: group('CAPTCHA_', {
    verifyUrl: Type.Optional(
      text(
        'siteverify of Turnstile or hCaptcha: a stranger who has to wait for what the SMS of all strangers have used up may solve a captcha instead',
        { pattern: '^https?://' }
      )
    ),
    secret: Type.Optional(text('the secret key of that captcha')),
    timeoutMs: integer('a captcha that is not verified by then is not solved', 3_000)
  }),
  otp: group('OTP_', {
    secret: secret('keys the digests of the codes in Redis; at least 32 characters, not JWT_SECRET'),
    acceptedSecret: Type.Optional(
      secret(
        'while OTP_SECRET is changed, the other one: codes and devices that it keyed are known too (docs/secrets.md)'
      )
    ),
    length: integer('digits of a code; 6 is recommended', 4, 4, 8),
    longLength: integer(
      'digits of a code for a number that is being guessed at; with as many as OTP_LENGTH, waiting takes the place of longer codes',
      6,
      4,
      8
    ),
    ttlSeconds: integer('life of a code', 300),
    resendSeconds: integer('wait between two codes to one number', 60),
    maxAttempts: integer('guesses at one code, and one more for who asked for it', 5),
    maxFailuresPerDay: integer(
      'wrong guesses at one number in 24 hours, then its codes are long; a new code does not refill them',
      10,
      2
    ),
    maxFailuresInRow: integer('wrong guesses at one number over any time, then its codes are long', 30),
    longFailuresPerDay: integer('wrong guesses at long codes of one number in 24 hours', 20, 2),
    hourlyAfterFailures: integer('wrong guesses in a row, then one an hour', 100),
    sendsPerHour: integer('codes sent to one number in an hour', 5),
    sendsPerDay: integer('codes sent to one number in 24 hours', 10),
    knownDays: integer(
      'a device or an address that has signed in has budgets of its own for so long: strangers cannot spend them',
      90
    )
  }),
  address: group('ADDRESS_', {
    failuresPerDay: integer(
      'wrong codes from one address in 24 hours that no sign-in of their number from there followed, and two more for each number that signed in from there; then whoever their number does not know gets long codes there',
      30
    ),
    sendsPerHour: integer(
      'codes sent for one address in an hour that were not used from there, and one more for two numbers that signed in from there',
      20
    )
  }),
  strict: group('STRICT_', {
    failuresPerDay: integer(
      'wrong codes of the whole service in 24 hours that no sign-in of their number followed; then strangers get long codes until there are half as many',
      100
    ),
    failuresPerTenMinutes: integer('such wrong codes in ten minutes', 40),
    failuresPercent: Type.Number({
      description: 'both grow by so many per cent of the sign-ins of the same time',
      default: 2,
      minimum: 0,
      maximum: 100
    }),
    addressFailuresPerDay: integer(
      'wrong codes from one address in 24 hours, or a tenth of the numbers that signed in from there, after which people there are strangers to strict mode',
      4
    )
  }),
  test: group('TEST_', {
    numbers: list(
      'for app-store review, ten at most: number:code:last day (UTC) of numbers that sign in with a fixed code of 6 to 8 digits',
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
