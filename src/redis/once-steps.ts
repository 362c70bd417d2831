import type { Cluster, Redis } from 'ioredis'
import { defineStep } from './step.ts'

const keys = ['once'] as const

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
