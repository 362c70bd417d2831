import type { Undo } from '../undo.ts'
import { enter } from './growth/contestant.ts'
import { fill } from './growth/fill.ts'
import { type Plan, plansOf } from './growth/plans.ts'
import { growthTable, notFlat, planTable, sizeTable } from './growth/report.ts'
import { startRoomyPostgres } from './growth/server.ts'
import { sweep } from './growth/sweep.ts'

/** How often a query is made in a round, which takes some tenths of a second. */
const TIMES = 400
const WARM_UP_ROUNDS = 2

/**
 * Measures the hot queries at 10 000, N/10 and N users in turn, so that a busy machine affects all sizes alike. Each size has
 * its own database, on a PostgreSQL that is removed afterwards.
 */
export async function growth(users: number, rounds: number, undo: Undo): Promise<void> {
  const sizes = [...new Set([10_000, users / 10, users])].filter((size) => size <= users && size >= 10_000)
  const server = await startRoomyPostgres(undo)
  await server.beSafe(false)
  const filled = []
  for (const size of sizes.toReversed()) filled.unshift(await fill(server.url, size))
  await server.beSafe(true)
  const contestants = filled.map(({ url }, place) => enter(url, sizes[place] ?? users))
  undo.push(() => Promise.all(contestants.map(({ close }) => close())))

  const names = Object.keys(contestants[0]?.queries ?? {})
  for (let round = 1 - WARM_UP_ROUNDS; round <= rounds; round++) {
    process.stderr.write(`round ${round} of ${rounds}\n`)
    for (const name of names)
      for (const { measure } of round % 2 ? contestants : contestants.toReversed())
        await measure(name, TIMES, round <= 0)
  }

  const plans = new Map<string, Map<number, Plan[]>>()
  for (const name of names) {
    const bySize = new Map<number, Plan[]>()
    for (const { users, url, queries } of contestants) {
      const query = queries[name]
      if (query) bySize.set(users, await plansOf(url, query))
    }
    plans.set(name, bySize)
  }
  const steep = notFlat(contestants)
  process.stdout.write(`${new Date().toISOString()}, ${server.description}\n\n${growthTable(contestants)}\n`)
  process.stdout.write(steep.length === 0 ? 'Flat within 10 %.\n\n' : `NOT FLAT: ${steep.join('; ')}.\n\n`)
  process.stdout.write(`${planTable(plans)}\n${sizeTable(filled.at(-1)?.sizes ?? [])}\n`)
  for (const { users, refused } of contestants)
    for (const [name, times] of refused) process.stdout.write(`${name} at ${users}: ${times} did nothing\n`)

  process.stdout.write(`a sweep of sessions        batches     p50 ms     p99 ms    most ms    last ms\n`)
  for (const contestant of contestants)
    process.stdout.write(`${String(contestant.users).padEnd(22)}${await sweep(contestant)}\n`)
}
