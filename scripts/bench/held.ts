import type { Redis } from 'ioredis'
import type { Person } from './people.ts'

/** Keys per person, and their bytes (MEMORY USAGE), by kind. */
export type Held = Map<string, { keys: number; bytes: number }>

/** What Redis holds per person; keys that differ only in number, address or day are of one kind. */
export async function heldBy(redis: Redis, people: Person[]): Promise<Held> {
  const held: Held = new Map()
  for await (const names of redis.scanStream({ count: 1_000 })) {
    const sizes = await Promise.all(
      (names as string[]).map((name) => redis.memory('USAGE', name, 'SAMPLES', 0))
    )
    for (const [place, name] of (names as string[]).entries()) {
      const kind = kindOf(name)
      const { keys, bytes } = held.get(kind) ?? { keys: 0, bytes: 0 }
      held.set(kind, { keys: keys + 1, bytes: bytes + (sizes[place] ?? 0) })
    }
  }
  for (const sum of held.values()) {
    sum.keys /= people.length
    sum.bytes /= people.length
  }
  return held
}

function kindOf(name: string): string {
  return name
    .replace(/\+998\d{9}/, 'PHONE')
    .replace(/\d+\.\d+\.\d+\.\d+/, 'IP')
    .replace(/\d{4}-\d\d-\d\d/, 'DAY')
}
