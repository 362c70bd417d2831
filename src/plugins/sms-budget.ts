import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { SmsUnavailable } from '../errors.ts'
import type { GuardPolicy } from '../guard-policy.ts'

const BUCKET_SECONDS = 300
const HOUR_SECONDS = 3_600
const DAY_SECONDS = 86_400
/** Buckets that a count of 24 hours, and of seven days, looks at. */
const HOURS_KEPT = 25
const DAYS_KEPT = 8
const WARN_EVERY_MS = 60_000

export interface SmsBudgetOptions {
  policy: GuardPolicy['sms']
  /** Parts that the SMS of a code takes at most. */
  partsPerCode: number
  /** Life of a code: until then, that it was not used tells nothing. */
  ttlSeconds: number
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
  { policy, partsPerCode, ttlSeconds }: SmsBudgetOptions
) {
  const young = Math.ceil(ttlSeconds / BUCKET_SECONDS) + 1
  const recentKept = Math.max(young, HOUR_SECONDS / BUCKET_SECONDS + 1)
  const warned = new Map<string, number>()
  return { take, noteUsed }

  /**
   * Counts the SMS of a code to a number (E.164) that an address asks for, to be given back when it is not sent. `wait` is
   * how long (seconds) strangers to the number must wait, because of its prefix or the address.
   * @throws SmsUnavailable when the service has spent its day
   */
  async function take(
    phone: string,
    address: string
  ): Promise<{ wait: number; giveBack(): Promise<unknown> }> {
    const prefix = prefixKeys(phone)
    const source = sourceKeys(`address:${address}`)
    const [verdict, wait] = await redis.smsTake(
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
        ...[policy.unusedPerHour, policy.usedPercent, young, recentKept]
      ]
    )
    if (verdict === 'service') {
      warn('sms_budget_spent', 'error', 'the SMS budget of the day is spent: nobody gets a code')
      throw SmsUnavailable({ retry_after: wait })
    }
    if (verdict === 'prefix') {
      warn('sms_prefix_waits', 'warn', 'codes for these numbers are not used, or too many: strangers wait', {
        prefix: prefixOf(phone)
      })
    }
    if (verdict === 'address') {
      warn('sms_address_waits', 'warn', 'codes asked for there are not used: strangers wait', { address })
    }
    const giveBack = () =>
      Promise.all([
        ...[prefix.recent, source.recent].map((recent) =>
          redis.count(recent, BUCKET_SECONDS, recentKept, -1)
        ),
        ...[prefix.sent, source.sent, MESSAGES].map((sent) =>
          redis.count(sent, HOUR_SECONDS, HOURS_KEPT, -1)
        ),
        redis.count(PARTS, HOUR_SECONDS, HOURS_KEPT, -partsPerCode)
      ])
    return { wait, giveBack }
  }

  /** Notes that a code was used: somebody holds the number (E.164), and asked for it. */
  function noteUsed(phone: string, address: string): Promise<unknown> {
    const { used, usedByDay } = prefixKeys(phone)
    return Promise.all([
      redis.count(used, HOUR_SECONDS, HOURS_KEPT, 1),
      redis.count(sourceKeys(`address:${address}`).used, HOUR_SECONDS, HOURS_KEPT, 1),
      redis.count(usedByDay, DAY_SECONDS, DAYS_KEPT, 1)
    ])
  }

  /** Once a minute for each kind: who is paged needs no line for every request. */
  function warn(event: string, level: 'warn' | 'error', message: string, facts = {}): void {
    const now = Date.now()
    if (now - (warned.get(event) ?? 0) < WARN_EVERY_MS) return
    warned.set(event, now)
    log[level]({ event, ...facts }, message)
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
