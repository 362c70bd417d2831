import type { KeyAlgorithm, StoredKey } from './jwk.ts'
import { newKey } from './key.ts'

/** Adds the key that will become active next; if there are no keys yet, also the active one. */
export function addNext(keys: StoredKey[], alg: KeyAlgorithm, now: Date): StoredKey[] {
  const first = keys.length === 0 ? [newKey(alg, 'active', now)] : keys
  return [...first, newKey(alg, 'next', now)]
}

export interface Rotation {
  now: Date
  /** The algorithm of the new next key. */
  alg: KeyAlgorithm
  /** How long a token signed by a retired key can live, in seconds. */
  retainSeconds: number
}

/** Activates the next key, retires the active one and adds a new next one; drops keys whose last token has expired. */
export function rotate(keys: StoredKey[], { now, alg, retainSeconds }: Rotation): StoredKey[] {
  const turned = keys
    .filter((key) => key.state !== 'retired' || !isDead(key, now, retainSeconds))
    .map((key): StoredKey => {
      if (key.state === 'next') return { ...key, state: 'active' }
      // An active key retires now, whatever time somebody left in the file, and so does a retired one without a time.
      const since = key.state === 'retired' ? key.retired_at : undefined
      return { ...key, state: 'retired', retired_at: since ?? now.toISOString() }
    })
  return addNext(turned, alg, now)
}

function isDead({ retired_at }: StoredKey, now: Date, retainSeconds: number): boolean {
  return retired_at !== undefined && Date.parse(retired_at) + retainSeconds * 1_000 < now.getTime()
}

/** Seconds since a key was made; infinity if it has no time. */
export function ageSeconds({ created_at }: StoredKey, now: Date): number {
  return created_at ? (now.getTime() - Date.parse(created_at)) / 1_000 : Number.POSITIVE_INFINITY
}
