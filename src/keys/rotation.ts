import type { KeyAlgorithm, StoredKey } from './jwk.ts'
import { newKey } from './key.ts'

/** Adds the key that will be active next; where there is none, also the one that is active now. */
export function addNext(keys: StoredKey[], alg: KeyAlgorithm, now: Date): StoredKey[] {
  const first = keys.length === 0 ? [newKey(alg, 'active', now)] : keys
  return [...first, newKey(alg, 'next', now)]
}

export interface Rotation {
  now: Date
  /** Of the new next key. */
  alg: KeyAlgorithm
  /** How long a token of a retired key can live. */
  retainSeconds: number
}

/** The next key becomes active, the active one retires, a new one is next; whose last token is dead is dropped. */
export function rotate(keys: StoredKey[], { now, alg, retainSeconds }: Rotation): StoredKey[] {
  const turned = keys
    .filter((key) => key.state !== 'retired' || !isDead(key, now, retainSeconds))
    .map((key): StoredKey => {
      if (key.state === 'next') return { ...key, state: 'active' }
      // A retired key without a time was retired by hand, and an active one with a time was made active again by hand: the tokens
      // of either are at most as old as now.
      const since = key.state === 'retired' ? key.retired_at : undefined
      return { ...key, state: 'retired', retired_at: since ?? now.toISOString() }
    })
  return addNext(turned, alg, now)
}

function isDead({ retired_at }: StoredKey, now: Date, retainSeconds: number): boolean {
  return retired_at !== undefined && Date.parse(retired_at) + retainSeconds * 1_000 < now.getTime()
}

/** Seconds since a key was made; a key without a time has been there for ever. */
export function ageSeconds({ created_at }: StoredKey, now: Date): number {
  return created_at ? (now.getTime() - Date.parse(created_at)) / 1_000 : Number.POSITIVE_INFINITY
}
