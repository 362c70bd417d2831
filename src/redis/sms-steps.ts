import type { Cluster, Redis } from 'ioredis'
import { defineStep } from './step.ts'

/** Messages that may have to go through the next gateway, and when: in one slot of a Redis Cluster. */
const FALLBACK_KEYS = { due: 'sms:{fallback}:due', messages: 'sms:{fallback}:messages' }

const keys = ['due', 'messages'] as const

/** The steps that track a message after a gateway took it (src/lua/fallback-*.lua). */
export function smsSteps(redis: Redis | Cluster) {
  const put = defineStep<1>()(redis, 'fallback-put', {
    keys,
    args: { phone: String, message: String, wait: Number }
  })
  const claim = defineStep<[phone: string, message: string] | null>()(redis, 'fallback-claim', {
    keys,
    args: { lease: Number }
  })
  const take = defineStep<0 | 1>()(redis, 'fallback-take', { keys, args: { phone: String, message: String } })
  const drop = defineStep<0 | 1>()(redis, 'fallback-drop', { keys, args: { phone: String } })
  return {
    /** `wait` in seconds. */
    put: (phone: string, message: string, wait: number) => put(FALLBACK_KEYS, { phone, message, wait }),
    /** `lease` in seconds: afterwards another process may claim the message, unless it was taken or dropped. */
    claim: (lease: number) => claim(FALLBACK_KEYS, { lease }),
    take: (phone: string, message: string) => take(FALLBACK_KEYS, { phone, message }),
    drop: (phone: string) => drop(FALLBACK_KEYS, { phone })
  }
}

/** The latest messages, kept in DEBUG mode: a stream that all processes share. */
export const INBOX_KEY = 'sms:inbox'

/** The key of a day's counts (UTC): a hash with fields `gateway:prefix:what`. */
export function statisticsKey(day = new Date()): string {
  return `sms:statistics:${day.toISOString().slice(0, 10)}`
}

/** The key for the gateway that took the last message to a number, and its id there: `gateway id`. */
export function carrierKey(phone: string): string {
  return `sms:carrier:{${phone}}`
}

/** The key that exists once a report was counted, because providers repeat their reports. */
export function reportKey(gateway: string, id: string, what: string): string {
  return `sms:report:{${gateway}:${id}}:${what}`
}
