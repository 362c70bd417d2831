import { isIP } from 'node:net'
import type { Environment } from './settings.ts'

/** Labels separated by dots, or an IPv6 address. */
const HOST = /^([a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])$/

/** Why an entry of CORS_ORIGINS would never match what a browser sends; the sentence says what to write instead. */
export function originProblem(entry: string): string | undefined {
  if (entry.includes('*'))
    return `CORS_ORIGINS must list each origin: ${entry} stands for none, there are no wildcards`
  // Apps in a web view have their own scheme: capacitor://localhost.
  if (/^(?!https?:|ftp:|file:)[a-z][a-z0-9+.-]*:\/\/[a-z0-9.-]+(:\d+)?$/.test(entry)) return undefined
  const written = /^https?:\/\//i.test(entry) ? entry : `https://${entry}`
  const url = URL.canParse(written) ? new URL(written) : undefined
  const isWeb = url && HOST.test(url.hostname) && !/[@;"'\s]|:\/[^/]|:\/\/.*:\/\//.test(written)
  if (!isWeb || entry === 'null')
    return 'CORS_ORIGINS must list origins as scheme://host or scheme://host:port, e.g. https://my.example.uz'
  if (url.origin !== entry) return `CORS_ORIGINS must be written as browsers send it: ${url.origin}`
  return undefined
}

/** Why DEBUG, which opens every account, must not be on. */
export function* debugProblems(env: Environment): Generator<string> {
  if (env.DEBUG !== 'true') return
  if (env.NODE_ENV !== 'development') {
    const found = env.NODE_ENV === 'production' ? ' with NODE_ENV=production' : ''
    yield `DEBUG must not be true${found}: it opens every account with the code 1111, and needs NODE_ENV=development written out`
  }
  if (!isLoopback(env.HOST) && env.DEBUG_EVEN_ON_A_NETWORK !== 'true')
    yield 'DEBUG must not be true on a network: set HOST=127.0.0.1, or DEBUG_EVEN_ON_A_NETWORK=true to let everybody there sign in as anybody'
}

function isLoopback(host = ''): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

const SECRETS = ['JWT_SECRET', 'JWT_ACCEPTED_SECRET', 'OTP_SECRET', 'OTP_ACCEPTED_SECRET']

/** Why tokens could not be signed, or why one secret would serve two purposes. */
export function* secretProblems(env: Environment): Generator<string> {
  if (!env.JWT_SECRET && !env.JWT_KEYS)
    yield 'JWT_SECRET is required, or JWT_KEYS for key pairs (made by "manage keys generate")'
  for (const [place, name] of SECRETS.entries()) {
    const same = SECRETS.slice(0, place).find((other) => env[name] && env[other] === env[name])
    if (same) yield `${name} must differ from ${same}`
  }
}

/** Pairs of settings where the first makes no sense if it exceeds the second, and why. */
const AT_MOST = [
  ['REFRESH_TTL_SECONDS', 'SESSION_TTL_SECONDS', 'no token outlives its session'],
  ['ACCESS_TTL_SECONDS', 'SESSION_TTL_SECONDS', 'no token outlives its session'],
  ['REFRESH_GRACE_SECONDS', 'REFRESH_TTL_SECONDS', 'a successor is not given again when it is dead'],
  ['OTP_RESEND_SECONDS', 'OTP_TTL_SECONDS', 'who needs another code could have none for a while'],
  ['OTP_SENDS_PER_HOUR', 'OTP_SENDS_PER_DAY', 'a day has the codes of its hours'],
  ['OTP_LENGTH', 'OTP_LONG_LENGTH', 'guessing makes codes longer'],
  ['OTP_SENDS_PER_DAY', 'OTP_LONG_FAILURES_PER_DAY', 'each code has a first guess of its own'],
  ['OTP_MAX_FAILURES_PER_DAY', 'OTP_MAX_FAILURES_IN_ROW', 'a row is over days'],
  ['OTP_MAX_FAILURES_IN_ROW', 'OTP_HOURLY_AFTER_FAILURES', 'codes get long before they get rare'],
  ['TELEGRAM_WAIT_SECONDS', 'OTP_TTL_SECONDS', 'a code that is dead goes by no other gateway'],
  ['SMS_PER_HOUR', 'SMS_PER_DAY', 'a day has the codes of its hours'],
  ['STRICT_FAILURES_PER_TEN_MINUTES', 'STRICT_FAILURES_PER_DAY', 'a day has the guesses of its minutes'],
  ['STRICT_ADDRESS_FAILURES_PER_DAY', 'ADDRESS_FAILURES_PER_DAY', 'strict mode allows less, not more'],
  ['LOGIN_WAIT_SECONDS', 'LOGIN_WAIT_MAX_SECONDS', 'that is the longest of the waits'],
  ['DATABASE_LOCK_TIMEOUT_MS', 'DATABASE_TIMEOUT_MS', 'no statement waits longer'],
  ['HEADERS_TIMEOUT_MS', 'REQUEST_TIMEOUT_MS', 'the headers are a part of the request']
] as const

/** Numbers that contradict each other although both are set explicitly: a default silently gives way. */
export function* orderProblems(env: Environment): Generator<string> {
  for (const [less, more, why] of AT_MOST) {
    if (Number(env[less] || 0) > Number(env[more] || Number.POSITIVE_INFINITY))
      yield `${less} must not be more than ${more}: ${why}`
  }
}

/** The settings that each gateway requires. */
const CREDENTIALS: Record<string, readonly string[]> = {
  telegram: ['TELEGRAM_TOKEN'],
  eskiz: ['ESKIZ_EMAIL', 'ESKIZ_PASSWORD'],
  playmobile: ['PLAYMOBILE_LOGIN', 'PLAYMOBILE_PASSWORD'],
  twilio: ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN', 'TWILIO_FROM'],
  webhook: ['WEBHOOK_URL', 'WEBHOOK_SECRET']
}

/** Why the gateways in SMS_GATEWAYS could not carry anything. */
export function* gatewayProblems(env: Environment, gateways: string[]): Generator<string> {
  if (env.NODE_ENV === 'production' && gateways.includes('mock'))
    yield 'SMS_GATEWAYS must not name mock with NODE_ENV=production: no citizen would get a code; name e.g. eskiz'
  if (new Set(gateways).size < gateways.length) yield 'SMS_GATEWAYS must name each gateway once'
  if (gateways.length === 0) yield 'SMS_GATEWAYS must name a gateway'
  for (const gateway of gateways)
    for (const name of CREDENTIALS[gateway] ?? [])
      if (!env[name]) yield `${name} is required, for SMS_GATEWAYS names ${gateway}`
}

/** Why a text of the operator would be sent without the code, or with braces in it. */
export function* smsTextProblems(env: Environment): Generator<string> {
  for (const [name, text = ''] of Object.entries(env)) {
    if (!name.startsWith('SMS_TEXT_') || text === '') continue
    const places = (text.match(/\{[^}]*\}?|\}/g) ?? []).sort().join()
    if (!/^\{code\}(,\{minutes\})?$/.test(places))
      yield `${name} must have {code} exactly once, {minutes} at most once, and no other braces`
  }
}
