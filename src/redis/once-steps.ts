import { createHash } from 'node:crypto'
import type { Cluster, Redis } from 'ioredis'
import { defineStep } from './step.ts'

const keys = ['once'] as const

/** The name of the key of an `Idempotency-Key`: the same one for another purpose, or of another user, is another one. */
export function onceKey(purpose: string, key: string): string {
  return `once:${hash(['key', purpose, key])}`
}

/** What is asked for with it, so that all spellings are one: the number (E.164), and as which device. */
export function askedName(phone: string, deviceToken = ''): string {
  return hash(['asked', phone, deviceToken])
}

// No secret keys it: the number stands in other keys, and a device's token cannot be guessed. 128 bits are enough.
function hash(parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22)
}

/** What is done once for a key of a client, however often it is asked for (src/lua/once-*.lua). `life` in seconds. */
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
