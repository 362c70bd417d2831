import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { GuardPolicy } from '../config/guard-policy.ts'
import type { Config } from '../config/settings.ts'
import { SmsUnavailable } from '../errors.ts'
import { otpMessageParts } from '../sms/text.ts'
import type { Held } from './otp.ts'

const BUCKET_SECONDS = 300
const HOUR_SECONDS = 3_600
const DAY_SECONDS = 86_400
/** Buckets that a count of 24 hours, and of seven days, looks at. */
const HOURS_KEPT = 25
const DAYS_KEPT = 8
const WARN_EVERY_MS = 60_000

export interface SmsBudgetOptions {
  policy: GuardPolicy['sms']
  otp: Pick<Config['otp'], 'length' | 'longLength' | 'ttlSeconds'>
}

declare module 'fastify' {
  interface FastifyInstance {
    smsBudget: ReturnType<typeof createSmsBudget>
  }
}

/**
 * `fastify.smsBudget`: what SMS may cost. An operator prefix and an address whose codes nobody uses must wait, for that is
 * how messages are pumped; so must a prefix with many more than usual, and everybody once the service has spent its day.
 */
export default fp<SmsBudgetOptions>(
  async function smsBudget(fastify, options) {
    fastify.decorate('smsBudget', createSmsBudget(fastify, options))
  },
  { name: 'sms-budget', dependencies: ['redis'] }
)

function createSmsBudget(
  { redis, log }: Pick<FastifyInstance, 'redis' | 'log'>,
  { policy, otp: { length, longLength, ttlSeconds } }: SmsBudgetOptions
) {
  /** Of the SMS of a code, at most. */
  const partsPerCode = otpMessageParts(Math.max(length, longLength), ttlSeconds)
  // Until a code is dead, that it was not used tells nothing.
  const young = Math.ceil(ttlSeconds / BUCKET_SECONDS) + 1
  const recentKept = Math.max(young, HOUR_SECONDS / BUCKET_SECONDS + 1)
  const warned = new Map<string, number>()
  return { take, noteUsed }

  /**
   * Counts the SMS of a code to a number (E.164) that an address asks for, to be given back when it is not sent. It is held
   * when the address, the operator's prefix or what the service has left lets only known devices, or who is known, pass.
   * @throws SmsUnavailable when the service has spent its day
   */
  async function take(phone: string, address: string): Promise<{ held: Held; giveBack(): Promise<unknown> }> {
    const prefix = prefixKeys(phone)
    const source = sourceKeys(`address:${address}`)
    const [verdict, wait, moment] = await redis.smsTake(
      [
        ...[prefix.recent, prefix.sent, prefix.used, source.recent, source.sent, source.used],
        ...[prefix.usedByDay, MESSAGES, PARTS]
      ],
      [
        ...[
          partsPerCode,
          policy.messagesPerDay,
          policy.partsPerDay,
          policy.prefixPerHour,
          policy.prefixFactor
        ],
        ...[policy.unusedPerHour, policy.usedPercent, young, recentKept, policy.keptBackPercent]
      ]
    )
    const warning = warnings[verdict]
    if (warning) warn(verdict, warning, { prefix: prefixOf(phone), address })
    if (verdict === 'service') throw SmsUnavailable({ retry_after: wait })
    const counted = [prefix.recent, prefix.sent, source.recent, source.sent, MESSAGES, PARTS]
    return {
      held: verdict === 'address' ? { address: wait } : { stranger: wait },
      giveBack: () => redis.smsGiveBack(counted, partsPerCode, moment)
    }
  }

  /** Notes that a code was used: somebody holds the number (E.164), and asked for it. */
  function noteUsed(phone: string, address: string): Promise<unknown> {
    const { used, usedByDay } = prefixKeys(phone)
    return Promise.all([
      redis.count(used, HOUR_SECONDS, HOURS_KEPT),
      redis.count(sourceKeys(`address:${address}`).used, HOUR_SECONDS, HOURS_KEPT),
      redis.count(usedByDay, DAY_SECONDS, DAYS_KEPT)
    ])
  }

  /** Once a minute for each operator: who is paged needs no line for every request. */
  function warn(
    verdict: string,
    { level, event, message }: Warning,
    facts: { prefix: string; address: string }
  ) {
    const now = Date.now()
    const name = `${verdict} ${facts.prefix}`
    if (now - (warned.get(name) ?? 0) < WARN_EVERY_MS) return
    warned.set(name, now)
    log[level]({ event, ...facts }, message)
  }
}

interface Warning {
  level: 'warn' | 'error'
  event: string
  message: string
}

const warnings: Record<string, Warning> = {
  service: {
    level: 'error',
    event: 'sms_budget_spent',
    message: 'the SMS budget of the day is spent: nobody gets a code'
  },
  low: {
    level: 'error',
    event: 'sms_budget_low',
    message: 'the SMS budget of the day is nearly spent: only who has signed in before gets a code'
  },
  prefix: {
    level: 'warn',
    event: 'sms_prefix_waits',
    message: 'codes for these numbers are not used, or too many: strangers wait'
  },
  address: {
    level: 'warn',
    event: 'sms_address_waits',
    message: 'codes asked for from this address are not used: all but known devices wait'
  }
}

/** The operator's: a number (E.164) without its last seven digits, e.g. +99890. */
function prefixOf(phone: string): string {
  return phone.slice(0, -7)
}

// One slot of a Redis Cluster: each message is one decision. The length of the buckets ends the names.
const MESSAGES = `sms:{all}:messages:${HOUR_SECONDS}`
const PARTS = `sms:{all}:parts:${HOUR_SECONDS}`

function sourceKeys(source: string) {
  return {
    recent: `sms:{all}:${source}:sent:${BUCKET_SECONDS}`,
    sent: `sms:{all}:${source}:sent:${HOUR_SECONDS}`,
    used: `sms:{all}:${source}:used:${HOUR_SECONDS}`
  }
}

function prefixKeys(phone: string) {
  const source = `prefix:${prefixOf(phone)}`
  return { ...sourceKeys(source), usedByDay: `sms:{all}:${source}:used:${DAY_SECONDS}` }
}
