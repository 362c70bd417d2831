import { isIP } from 'node:net'
import type { TSchema } from '@sinclair/typebox'
import { Value, type ValueError, ValueErrorType } from '@sinclair/typebox/value'
import { isSupportedCountry } from 'libphonenumber-js/mobile'
import { testNumberProblems } from '../test-number.ts'
import { isGarbled } from '../text/utf8.ts'
import {
  debugProblems,
  gatewayProblems,
  orderProblems,
  originProblem,
  secretProblems,
  smsTextProblems
} from './problems.ts'
import {
  type Config,
  DEFAULT_COUNTRY,
  type Environment,
  type GroupName,
  groups,
  KEYS_GROUPS,
  type KeysConfig,
  OPERATOR_GROUPS,
  type OperatorConfig,
  SMS_GROUPS,
  type SmsConfig,
  settings
} from './settings.ts'
import { databaseUrlProblems, redisUrlProblems } from './url-problems.ts'

/**
 * Reads the settings of the service.
 * @throws {ConfigInvalid} naming every invalid setting at once, but never a value
 */
export function loadConfig(env: Environment): Config {
  const names = Object.keys(groups) as GroupName[]
  return load(names, env, [...conflicts(env), ...badCountries(env), ...badTestNumbers(env)])
}

/** Reads the settings of the operator's command, which needs no secret of the service. @throws {ConfigInvalid} */
export function loadOperatorConfig(env: Environment): OperatorConfig {
  return load(OPERATOR_GROUPS, env, [...databaseUrlProblems(env), ...badCountries(env)])
}

/** Reads the settings of the gateway commands, which need no store. @throws {ConfigInvalid} */
export function loadSmsConfig(env: Environment): SmsConfig {
  return load(SMS_GROUPS, env, [...smsProblems(env), ...badCountries(env)])
}

/** Reads the settings of the key file commands, which need no store. @throws {ConfigInvalid} */
export function loadKeysConfig(env: Environment): KeysConfig {
  const { JWT_KEYS: keyFile = '' } = env
  return { ...load(KEYS_GROUPS, env, keyFile ? [] : ['JWT_KEYS is required']), keyFile }
}

export class ConfigInvalid extends Error {
  override name = 'ConfigInvalid'
  constructor(problems: string[]) {
    super(['The settings cannot be used (.env.example explains them):', ...problems].join('\n  '))
  }
}

function load<Name extends GroupName>(
  names: readonly Name[],
  env: Environment,
  problems: string[]
): Config<Name> {
  const read = names.map((name) => [name, readGroup(groups[name], env, problems)] as const)
  if (problems.length > 0) throw new ConfigInvalid(problems)
  // Each group has just been validated against the schema from which its type is inferred.
  return Object.fromEntries(read) as Config<Name>
}

/** The settings of a group, in their own types and with defaults for those that are not set; adds to `problems`. */
function readGroup(
  { fields, nameOf }: (typeof groups)[GroupName],
  env: Environment,
  problems: string[]
): unknown {
  const given: Record<string, unknown> = {}
  for (const [field, setting] of Object.entries(fields.properties)) {
    const value = env[nameOf(field)]
    // Bytes that are not UTF-8 all become the same character, so different secrets would be equal.
    if (isGarbled(value ?? '')) problems.push(`${nameOf(field)} must be text in UTF-8`)
    // An empty line in an .env file (`DATABASE_URL=`) means that the setting is not set.
    if (value) given[field] = read(setting, value)
  }
  const values = Value.Default(fields, given)
  const errors = [...Value.Errors(fields, values)]
  // Only the first error of each path: the others follow from it, e.g. a missing value is not a string either.
  const first = errors.filter(({ path }, at) => at === errors.findIndex((error) => error.path === path))
  // In a list, the path continues with the index of the item.
  const field = ({ path }: ValueError) => path.split('/')[1] ?? ''
  problems.push(...first.map((error) => `${nameOf(field(error))} ${problemOf(error)}`))
  return values
}

/** Converts a value from the environment to the setting's type; returns it unchanged if it cannot be converted. */
function read({ type }: TSchema, value: string): unknown {
  if (type === 'array') return items(value)
  if (type === 'boolean') return { true: true, false: false }[value] ?? value
  // A value from a file ends with a line break; a budget may be written as 5e6.
  return type !== 'string' && /^-?\d+(\.\d+)?(e\d+)?$/i.test(value.trim()) ? Number(value) : value
}

function problemOf({ schema, type, message }: ValueError): string {
  if (type === ValueErrorType.ObjectRequiredProperty) return 'is required'
  if (type === ValueErrorType.Union) {
    return `must be one of ${schema.anyOf.map((choice: TSchema) => choice.const).join(', ')}`
  }
  return message
    .replace(/^Expected \w+ to /, 'must ')
    .replace(/^Expected string length /, 'must have a length ')
    .replace(/^Expected /, 'must be ')
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
  yield* smsProblems(env)
  yield* secretProblems(env)
  const effective = (name: string) => env[name] || settings.get(name)?.default
  if (Boolean(env.CAPTCHA_VERIFY_URL) !== Boolean(env.CAPTCHA_SECRET)) {
    yield 'CAPTCHA_VERIFY_URL and CAPTCHA_SECRET must be set both, or neither'
  }
  if (effective('JWT_AUDIENCE') === effective('JWT_REFRESH_AUDIENCE')) {
    yield 'JWT_REFRESH_AUDIENCE must differ from JWT_AUDIENCE: other services would take refresh tokens for access tokens'
  }
  if (Number(env.METRICS_PORT) > 0 && Number(env.METRICS_PORT) === Number(effective('PORT')))
    yield 'METRICS_PORT must differ from PORT: the world would read the metrics'
  const trusted = items(env.TRUST_PROXY).reduce((sum, range) => sum + shareOfWidest(range), 0)
  // The private, carrier and loopback ranges of IPv4 add up to less than two and a half.
  if (trusted > 4) {
    yield 'TRUST_PROXY must list CIDRs, e.g. 10.0.0.0/8,fd12:3456::/32; true, a number or more than a /8 (IPv6: a /16) could be spoofed, and so could more than four of these together'
  }
}

/** Contradictions among the settings of messages. */
function* smsProblems(env: Environment) {
  yield* gatewayProblems(env, items(env.SMS_GATEWAYS || 'mock'))
  yield* smsTextProblems(env)
  if (Boolean(env.SMS_CALLBACK_URL) !== Boolean(env.SMS_CALLBACK_SECRET)) {
    yield 'SMS_CALLBACK_URL and SMS_CALLBACK_SECRET must be set both, or neither'
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

/** A range's share of the widest trusted range, a /8 (IPv6: a /16); infinite if it is wider, or not a CIDR. */
function shareOfWidest(range: string): number {
  const [address = '', bits, ...rest] = range.split('/')
  // A zone (fe80::1%eth0) is local to this machine, and not part of an address by which a proxy is known.
  if (address.includes('%')) return Number.POSITIVE_INFINITY
  const [widest, size] =
    { 4: [8, 32], 6: [isIP(address) === 6 && isMapped(address) ? 104 : 16, 128] }[isIP(address)] ?? []
  if (rest.length > 0 || widest === undefined || size === undefined) return Number.POSITIVE_INFINITY
  const prefix = bits === undefined ? size : Number(/^\d{1,3}$/.exec(bits)?.[0])
  return prefix >= widest && prefix <= size ? 2 ** (widest - prefix) : Number.POSITIVE_INFINITY
}

/** Whether an IPv6 address stands for an IPv4 address (RFC 4291, 2.5.5.2), however it is written. */
function isMapped(address: string): boolean {
  return new URL(`http://[${address}]`).hostname.startsWith('[::ffff:')
}
