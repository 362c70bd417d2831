import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { SmsUnavailable } from '../errors.ts'
import type { GuardPolicy } from '../guard-policy.ts'

const BUCKET_SECONDS = 300
const HOUR_SECONDS = 3_600
const DAY_SECONDS = 86_400
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
  const kept = HOUR_SECONDS / BUCKET_SECONDS + young + 1
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
    const prefix = prefixOf(phone)
    const [verdict, wait] = await redis.smsTake(
      [
        ...[key.sent('prefix', prefix), key.used('prefix', prefix), key.usedByDay(prefix)],
        ...[key.sent('address', address), key.used('address', address), key.messages, key.parts]
      ],
      [
        ...[
          partsPerCode,
          policy.messagesPerDay,
          policy.partsPerDay,
          policy.prefixPerHour,
          policy.prefixFactor
        ],
        ...[policy.conversionMinSent, policy.conversionPercent, young, kept]
      ]
    )
    if (verdict === 'service') {
      warn('sms_budget_spent', 'error', 'the SMS budget of the day is spent: nobody gets a code')
      throw SmsUnavailable({ retry_after: wait })
    }
    if (verdict === 'prefix') {
      warn('sms_prefix_waits', 'warn', 'codes for these numbers are not used or too many: strangers wait', {
        prefix
      })
    }
    if (verdict === 'address') {
      warn('sms_address_waits', 'warn', 'codes asked for there are not used: strangers wait', { address })
    }
    return { wait, giveBack: () => giveBack(prefix, address) }
  }

  function giveBack(prefix: string, address: string): Promise<unknown> {
    return Promise.all([
      redis.count(key.sent('prefix', prefix), BUCKET_SECONDS, kept, -1),
      redis.count(key.sent('address', address), BUCKET_SECONDS, kept, -1),
      redis.count(key.messages, HOUR_SECONDS, 25, -1),
      redis.count(key.parts, HOUR_SECONDS, 25, -partsPerCode)
    ])
  }

  /** Notes that a code was used: the number (E.164) is somebody's, who asked for it. */
  function noteUsed(phone: string, address: string): Promise<unknown> {
    const prefix = prefixOf(phone)
    return Promise.all([
      redis.count(key.used('prefix', prefix), BUCKET_SECONDS, kept, 1),
      redis.count(key.used('address', address), BUCKET_SECONDS, kept, 1),
      redis.count(key.usedByDay(prefix), DAY_SECONDS, 8, 1)
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

// One slot of a Redis Cluster: each message is one decision. The length of the buckets ends the name.
const key = {
  sent: (of: 'prefix' | 'address', name: string) => `sms:{all}:${of}:${name}:sent:${BUCKET_SECONDS}`,
  used: (of: 'prefix' | 'address', name: string) => `sms:{all}:${of}:${name}:used:${BUCKET_SECONDS}`,
  usedByDay: (prefix: string) => `sms:{all}:prefix:${prefix}:used:${DAY_SECONDS}`,
  messages: `sms:{all}:messages:${HOUR_SECONDS}`,
  parts: `sms:{all}:parts:${HOUR_SECONDS}`
}
