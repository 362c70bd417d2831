import t from 'tap'
import { loadKeysConfig, loadOperatorConfig } from '../../src/config/load.ts'
import { byName, complaint, load, required } from './read.ts'

t.test('four settings are enough; the others have defaults', async (t) => {
  t.match(load(), {
    ...required,
    NODE_ENV: 'development',
    DEBUG: false,
    OTP_LENGTH: 4,
    OTP_TTL_SECONDS: 300,
    OTP_RESEND_SECONDS: 60,
    PHONE_COUNTRIES: ['UZ'],
    SMS_GATEWAYS: ['mock'],
    STAFF_ACCESS_TTL_SECONDS: 8 * 3600,
    TRUST_PROXY: [],
    CORS_ORIGINS: []
  })
})

t.test('a missing or empty required setting is named', async (t) => {
  for (const name of Object.keys(required)) {
    t.match(complaint({ [name]: undefined }), `${name} is required`)
    t.match(complaint({ [name]: '' }), `${name} is required`)
  }
})

t.test('an empty optional setting takes its default', async (t) => {
  t.strictSame(load({ OTP_LENGTH: '', PHONE_COUNTRIES: '', TRUST_PROXY: '', DEBUG: '' }), load())
})

t.test('all bad settings are named at once, and no value is shown', async (t) => {
  const told = complaint({
    DATABASE_URL: 'mysql://root:hunter2@db.example/auth',
    JWT_SECRET: 'too short a secret',
    OTP_LENGTH: 'six',
    PHONE_COUNTRIES: 'XX',
    REDIS_URL: undefined
  })
  for (const name of [
    'DATABASE_URL',
    'JWT_SECRET',
    'OTP_LENGTH',
    'PHONE_COUNTRIES',
    'REDIS_URL is required'
  ]) {
    t.match(told, name)
  }
  t.notMatch(told, /hunter2|too short|six/)
})

t.test('values on a bound are accepted, values beyond it are refused', async (t) => {
  const bounds = [
    ['OTP_LENGTH', 4, 8],
    ['PORT', 0, 65_535],
    ['PASSWORD_MIN_LENGTH', 8, 128],
    ['LOGIN_WAIT_SECONDS', 1, 86_400],
    ['LOGIN_WAIT_MAX_SECONDS', 1, 86_400]
  ] as const
  for (const [name, minimum, maximum] of bounds) {
    t.equal(load({ [name]: String(minimum) })[name], minimum)
    t.equal(load({ [name]: String(maximum) })[name], maximum)
    t.match(complaint({ [name]: String(minimum - 1) }), name)
    t.match(complaint({ [name]: String(maximum + 1) }), name)
  }
  for (const value of ['4.5', 'four', '-300', '0']) t.match(complaint({ OTP_TTL_SECONDS: value }), 'OTP_TTL')
})

t.test('a setting that is not UTF-8 is refused, since all such secrets would be the same', async (t) => {
  const garbled = '\ufffd'.repeat(40)
  t.match(
    complaint({ JWT_SECRET: garbled, OTP_SECRET: `${garbled}x` }),
    /JWT_SECRET must be text in UTF-8.*OTP_SECRET must be/s
  )
  t.ok(load({ SOMEBODY_ELSES: garbled }))
})

t.test('an unknown word in a setting is refused with the known ones', async (t) => {
  t.match(complaint({ NODE_ENV: 'prod' }), 'development, production, test')
  t.match(complaint({ SMS_GATEWAYS: 'eskiz,pigeon' }), /SMS_GATEWAYS must be one of telegram, .* mock/)
  t.match(complaint({ LOG_LEVEL: 'loud' }), 'LOG_LEVEL')
})

t.test('APP_DOMAIN must be a host, ANDROID_APP_HASH a hash and SMS_LANGUAGE a known language', async (t) => {
  for (const APP_DOMAIN of ['example.uz', 'my.example.uz', 'xn--d1abbgf6aiiy.xn--p1ai'])
    t.equal(load({ APP_DOMAIN }).APP_DOMAIN, APP_DOMAIN)
  for (const wrong of [
    'https://example.uz',
    'example.uz/',
    'example.uz:443',
    'localhost',
    '*.uz',
    'a b.uz',
    '-.uz'
  ])
    t.match(complaint({ APP_DOMAIN: wrong }), 'APP_DOMAIN must match')
  t.equal(load({ ANDROID_APP_HASH: 'FA+9qCX9VSu' }).ANDROID_APP_HASH, 'FA+9qCX9VSu')
  for (const wrong of ['FA+9qCX9VS', 'FA+9qCX9VSu=', 'FA-9qCX9VSu'])
    t.match(complaint({ ANDROID_APP_HASH: wrong }), 'ANDROID_APP_HASH must match')
  t.equal(load().SMS_LANGUAGE, 'uz')
  t.match(complaint({ SMS_LANGUAGE: 'tg' }), 'must be one of uz, uz-Cyrl, kaa, ru, en')
  t.match(complaint({ SMS_TEXT_RU: 'Код' }), 'SMS_TEXT_RU must have {code}')
})

t.test('DEBUG is on only when set to true', async (t) => {
  t.equal(load({ DEBUG: 'true', NODE_ENV: 'development', HOST: '127.0.0.1' }).DEBUG, true)
  t.equal(load({ DEBUG: 'false' }).DEBUG, false)
  for (const value of ['1', 'TRUE', 'yes', 'on'])
    t.match(complaint({ DEBUG: value }), 'DEBUG must be boolean')
})

t.test('production refuses DEBUG, which would open every account', async (t) => {
  t.match(complaint({ NODE_ENV: 'production', DEBUG: 'true' }), 'DEBUG must not be true')
  t.match(complaint({ NODE_ENV: 'production', DEBUG: '1' }), 'DEBUG must be boolean')
  t.notMatch(complaint({ NODE_ENV: 'production', DEBUG: 'false' }), 'DEBUG')
})

t.test('settings that cannot work are all named at startup, without their values', async (t) => {
  const told = complaint({
    DATABASE_URL: 'postgres://somebody:hunter2@db.example/auth?schema=hush',
    REDIS_URL: 'redis://cache.example:6379/hush',
    CORS_ORIGINS: 'https://my.example.uz/',
    DEBUG: 'true',
    JWT_ISSUER: 'citizen-auth ',
    HOST: 'http://127.0.0.1',
    OTP_SENDS_PER_HOUR: '11',
    OTP_SENDS_PER_DAY: '10'
  })
  for (const name of [
    ...['DATABASE_URL must not have ?schema=', 'REDIS_URL must end', 'CORS_ORIGINS must be written'],
    ...['DEBUG must not be true:', 'DEBUG must not be true on a network', 'JWT_ISSUER must match'],
    ...['HOST must match', 'OTP_SENDS_PER_HOUR must not be more than OTP_SENDS_PER_DAY']
  ]) {
    t.match(told, name)
  }
  t.notMatch(told, /hunter2|hush/)
  t.match(
    complaint({ DATABASE_URL: 'postgres://db/auth?schema=public' }, loadOperatorConfig),
    'DATABASE_URL must not have ?schema='
  )
})

t.test(
  'the issuer may be a URL, the audience must not be blank, and the host may be any address',
  async (t) => {
    const JWT_ISSUER = 'https://auth.example.uz/'
    t.equal(load({ JWT_ISSUER }).JWT_ISSUER, JWT_ISSUER)
    t.match(complaint({ JWT_AUDIENCE: ' ' }), 'JWT_AUDIENCE must match')
    for (const HOST of ['0.0.0.0', '::', '::1', 'fe80::1%eth0', 'localhost', 'auth.internal'])
      t.equal(load({ HOST }).HOST, HOST)
  }
)

t.test('production refuses the mock gateway, named or by default', async (t) => {
  for (const SMS_GATEWAYS of [undefined, '', 'mock', 'webhook,mock']) {
    t.match(complaint({ NODE_ENV: 'production', SMS_GATEWAYS }), 'SMS_GATEWAYS must not name mock')
  }
})

t.test('access and refresh tokens cannot share an audience, set or by default', async (t) => {
  const wrong = 'JWT_REFRESH_AUDIENCE must differ from JWT_AUDIENCE'
  t.match(complaint({ JWT_AUDIENCE: 'a', JWT_REFRESH_AUDIENCE: 'a' }), wrong)
  t.match(complaint({ JWT_REFRESH_AUDIENCE: 'citizen-api' }), wrong)
  t.match(complaint({ JWT_AUDIENCE: 'citizen-auth:refresh' }), wrong)
})

t.test('secrets need at least 32 characters and must differ', async (t) => {
  for (const name of ['JWT_SECRET', 'OTP_SECRET'] as const) {
    t.match(complaint({ [name]: 'x'.repeat(31) }), name)
    t.equal(load({ [name]: 'x'.repeat(32) })[name], 'x'.repeat(32))
  }
  t.match(complaint({ OTP_SECRET: required.JWT_SECRET }), 'OTP_SECRET must differ from JWT_SECRET')
})

t.test('accepted secrets need at least 32 characters and must differ from all others', async (t) => {
  for (const name of ['JWT_ACCEPTED_SECRET', 'OTP_ACCEPTED_SECRET'] as const) {
    t.match(complaint({ [name]: 'x'.repeat(31) }), name)
    t.equal(load({ [name]: 'x'.repeat(32) })[name], 'x'.repeat(32))
    for (const other of ['JWT_SECRET', 'OTP_SECRET'] as const)
      t.match(complaint({ [name]: required[other] }), new RegExp(`(${name}|${other}) must differ from`))
  }
  const both = { JWT_ACCEPTED_SECRET: 'x'.repeat(32), OTP_ACCEPTED_SECRET: 'x'.repeat(32) }
  t.match(complaint(both), 'OTP_ACCEPTED_SECRET must differ from JWT_ACCEPTED_SECRET')
})

t.test('METRICS_PORT must differ from PORT', async (t) => {
  t.match(complaint({ METRICS_PORT: '3000' }), 'METRICS_PORT must differ from PORT')
  t.match(complaint({ PORT: '8080', METRICS_PORT: '8080' }), 'METRICS_PORT must differ from PORT')
  t.match(load({ PORT: '0', METRICS_PORT: '0' }), { METRICS_PORT: 0 })
  t.match(load({ METRICS_PORT: '9464' }), { METRICS_PORT: 9464 })
})

t.test('at least one of JWT_SECRET and JWT_KEYS must be set', async (t) => {
  const JWT_KEYS = '/etc/citizen-auth/keys.json'
  t.match(load({ JWT_SECRET: undefined, JWT_KEYS }), {
    JWT_KEYS,
    JWT_KEYS_CHECK_MS: 1000,
    JWKS_MAX_AGE_SECONDS: 300
  })
  t.match(load({ JWT_KEYS }), { JWT_KEYS }, 'both, during a move from one to the other')
  const JWT_ACCEPTED_SECRET = 'x'.repeat(32)
  for (const empty of [undefined, '']) {
    const nothing = { JWT_SECRET: empty, JWT_KEYS: empty, JWT_ACCEPTED_SECRET }
    t.match(complaint(nothing), 'JWT_SECRET is required, or JWT_KEYS')
  }
})

t.test('the key file commands need JWT_KEYS and no store', async (t) => {
  const JWT_KEYS = '/etc/citizen-auth/keys.json'
  t.equal(loadKeysConfig({ JWT_KEYS }).keyFile, JWT_KEYS)
  t.match(byName({ ...loadKeysConfig({ JWT_KEYS }), keyFile: {} }), {
    JWT_KEYS,
    REFRESH_TTL_SECONDS: 1_209_600,
    JWKS_MAX_AGE_SECONDS: 300
  })
  t.match(complaint({ JWT_KEYS: '' }, loadKeysConfig), 'JWT_KEYS is required')
})

t.test('REDIS_CLUSTER is off unless set to true', async (t) => {
  t.equal(load().REDIS_CLUSTER, false)
  t.equal(load({ REDIS_CLUSTER: 'true' }).REDIS_CLUSTER, true)
})

t.test('REDIS_ALLOW_EVICTION is off unless set to true', async (t) => {
  t.equal(load().REDIS_ALLOW_EVICTION, false)
  t.equal(load({ REDIS_ALLOW_EVICTION: 'true' }).REDIS_ALLOW_EVICTION, true)
})

t.test('reviewer numbers are allowed in production, and there are none by default', async (t) => {
  t.strictSame(load().TEST_NUMBERS, [])
  const two = ['+998901234567:482913:2026-12-31', '+998901234568:736152:2027-01-31']
  t.strictSame(load({ TEST_NUMBERS: two.join(', ') }).TEST_NUMBERS, two)
  t.notMatch(complaint({ NODE_ENV: 'production', TEST_NUMBERS: two.join() }), 'TEST_NUMBERS')
})

t.test('an unusable reviewer number is named by its position, without number or code', async (t) => {
  const told = complaint({ TEST_NUMBERS: '+998901234567:482913:2026-12-31,+998909998877:7391:2026-02-30' })
  t.match(told, 'TEST_NUMBERS entry 2: the code must have 6 to 8 digits')
  t.match(told, 'TEST_NUMBERS entry 2: the last day must be a date')
  t.notMatch(told, /482913|7391|9998877/)
})

t.test('a reviewer number must be a mobile number of PHONE_COUNTRIES', async (t) => {
  const TEST_NUMBERS = '+77011234567:482913:2026-12-31'
  t.match(
    complaint({ TEST_NUMBERS }),
    'TEST_NUMBERS entry 1: must begin with a mobile number of PHONE_COUNTRIES'
  )
  t.equal(complaint({ TEST_NUMBERS, PHONE_COUNTRIES: 'UZ,KZ' }), '')
  t.match(complaint({ TEST_NUMBERS, PHONE_COUNTRIES: 'XX' }), 'not known: XX')
})

t.test('countries are ISO 3166 codes, and an unknown one is named', async (t) => {
  t.strictSame(load({ PHONE_COUNTRIES: 'UZ,KZ' }).PHONE_COUNTRIES, ['UZ', 'KZ'])
  t.match(complaint({ PHONE_COUNTRIES: 'UZ,Wakanda,uz' }), 'not known: Wakanda, uz')
  t.match(complaint({ PHONE_COUNTRIES: ' , ' }), 'PHONE_COUNTRIES must name a country')
  t.throws(
    () => loadOperatorConfig({ DATABASE_URL: required.DATABASE_URL, PHONE_COUNTRIES: 'XX' }),
    /not known: XX/
  )
})

t.test('list items are separated by commas, with or without spaces', async (t) => {
  const origins = ['https://my.example.uz', 'https://staff.example.uz']
  for (const comma of [',', ', ', ' ,,']) {
    t.strictSame(load({ CORS_ORIGINS: origins.join(comma) }).CORS_ORIGINS, origins)
  }
})

t.test('unrelated environment variables are ignored', async (t) => {
  t.strictSame(load({ PATH: '/usr/bin', HOME: '/root' }), load())
})

t.test("the operator's commands need the database and no secret", async (t) => {
  const config = byName(loadOperatorConfig({ DATABASE_URL: required.DATABASE_URL }))
  t.match(config, { DATABASE_URL: required.DATABASE_URL, PASSWORD_MIN_LENGTH: 12, PHONE_COUNTRIES: ['UZ'] })
  t.match(complaint({ DATABASE_URL: '' }, loadOperatorConfig), 'DATABASE_URL is required')
})

t.test('a captcha needs a URL and a secret, or neither', async (t) => {
  const captcha = { CAPTCHA_VERIFY_URL: 'https://captcha.example/siteverify', CAPTCHA_SECRET: 'hush' }
  t.match(load(captcha), captcha)
  for (const name of ['CAPTCHA_VERIFY_URL', 'CAPTCHA_SECRET']) {
    const told = complaint({ ...captcha, [name]: '' })
    t.match(told, 'CAPTCHA_VERIFY_URL and CAPTCHA_SECRET must be set both, or neither')
    t.notMatch(told, 'hush')
  }
})

t.test('a number may have whitespace around it, as from a file, and an exponent', async (t) => {
  t.equal(load({ PORT: '3000\n' }).PORT, 3000)
  t.equal(load({ SMS_PER_DAY: '5e6' }).SMS_PER_DAY, 5_000_000)
  for (const PORT of ['0x10', '+5', '5 6', '1e', 'e3', '.5'])
    t.match(complaint({ PORT }), 'PORT must be', PORT)
})
