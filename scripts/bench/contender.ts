import { Redis } from 'ioredis'
import postgres from 'postgres'
import { serverDatabase } from '../template-database.ts'
import type { Undo } from '../undo.ts'
import { type Call, type Caller, callerOf, type Queues } from './calls.ts'
import type { Figures } from './figures.ts'
import { load } from './load.ts'
import { migrate, type Tree } from './revision.ts'
import { type Server, startServer } from './server.ts'
import { createStaff } from './staff.ts'
import { memoryOf, usage } from './usage.ts'

export type Contender = Awaited<ReturnType<typeof enter>>

/** More than the concurrent logins, because a number's password is tried once at a time. */
const STAFF = 100
/** Calls to make while it is not known how many are answered in a second. */
const WARM_UP = 1_000

/** Starts the server of a tree, on its own database and an empty Redis database. */
export async function enter(tree: Tree, redisUrl: string, undo: Undo) {
  const database = await serverDatabase(async (url) => migrate(tree, url))
  if (!database) throw new Error('The benchmark needs a PostgreSQL server: set DATABASE_URL.')
  undo.push(database.drop)
  const { source, description } = database
  const sql = postgres(source, { max: 1 })
  const redis = new Redis(redisUrl)
  undo.push(sql.end, () => redis.disconnect())
  const start = (): Promise<Server> => startServer(tree, source, redisUrl)
  let server = await start()
  undo.push(() => server.stop())
  const queues: Queues = { asked: [], known: [], renewed: [], staff: await createStaff(sql, STAFF) }
  const [rates, rounds, starts] = [new Map<string, number>(), new Map<string, Figures[]>(), [] as Figures[]]
  let strangers = 0
  return { name: tree.name, description, rounds, starts, restart, measure }

  /** Restarts the server, and records what the start costs. */
  async function restart(): Promise<void> {
    await server.stop()
    server = await start()
    starts.push(server.started)
  }

  /** Makes a call as often as it was answered in `seconds` before; the figures of a warm-up are not recorded. */
  async function measure(call: Call, seconds: number, isWarmUp: boolean): Promise<void> {
    const { name, by, become } = call
    const callers = take(by, Math.max(Math.round((rates.get(name) ?? WARM_UP) * seconds), call.connections))
    const before = await usage(server.pid, sql, redis)
    const { figures, answered, refused } = await load(server.url, call, callers)
    const after = await usage(server.pid, sql, redis)
    if (refused) {
      process.exitCode = 1
      process.stderr.write(`${name}, ${tree.name}: refused ${refused}\n`)
    }
    // Drops callers who have not tried their code by now: it may no longer be valid.
    if (by === 'asked') queues.asked = []
    queues[become].push(...answered)
    const codes = become === 'asked' ? server.takeCodes() : new Map<string, string>()
    for (const caller of answered) caller.code = codes.get(caller.phone_number) ?? ''
    if (call.isPreparation) return
    rates.set(name, figures['per second'])
    const cpu = Object.entries(after).map(([of, ms]) => [
      of,
      (ms - (before[of] ?? 0)) * (1_000 / answered.length)
    ])
    const used = { ...Object.fromEntries(cpu), MB: memoryOf(server.pid) }
    if (!isWarmUp) rounds.set(name, [...(rounds.get(name) ?? []), { ...figures, ...used }])
  }

  function take(by: Call['by'], count: number): Caller[] {
    if (by === 'strangers') return Array.from({ length: count }, () => callerOf(strangers++))
    return queues[by].splice(0, count)
  }
}
