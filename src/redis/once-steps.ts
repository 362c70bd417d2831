import { createHash } from 'node:crypto'
import type { Cluster, Redis } from 'ioredis'
import { defineStep } from './step.ts'

const keys = ['once'] as const

/** The name of the Redis key for an `Idempotency-Key`, which is separate for each purpose and each user. */
export function onceKey(purpose: string, key: string): string {
  return `once:${hash(['key', purpose, key])}`
}

/** Identifies what was asked for, however it was spelled: the number (E.164) and the device that asked. */
export function askedName(phone: string, deviceToken = ''): string {
  return hash(['asked', phone, deviceToken])
}

// A plain hash will do: the number is in other keys too, and a device token cannot be guessed. 128 bits are enough.
function hash(parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22)
}

/** The steps that do something once per client key, however often it is requested (src/lua/once-*.lua). `life` in seconds. */
export function onceSteps(redis: Redis | Cluster, policy: { life: number }) {
  return {
    /** `lease` in seconds. */
    claim: defineStep<['mine' | 'pending' | 'other'] | ['answered', string]>()(redis, 'once-claim', {
      keys,
      args: { asked: String, by: String, lease: Number },
      policy
    }),
    keep: defineStep<0 | 1>()(redis, 'once-keep', { keys, args: { by: String, answer: String } }),
    drop: defineStep<0 | 1>()(redis, 'once-drop', { keys, args: { by: String } })
  }
}
