import { parseArgs } from 'node:util'
import { Redis } from 'ioredis'
import postgres from 'postgres'
import type { Caller } from './bench/calls.ts'
import { interruption } from './bench/interruption.ts'
import { checkOut, migrate, presentTree } from './bench/revision.ts'
import { startServer } from './bench/server.ts'
import { cpuOf } from './bench/usage.ts'
import { privateRedis } from './find-redis.ts'
import { onlyLoopback } from './loopback.ts'
import { createCallers, LOADED, type Loaded } from './overload/callers.ts'
import { drive } from './overload/drive.ts'
import { head, lineOf, type Row, rowOf } from './overload/figures.ts'
import { staffFlood } from './overload/staff-flood.ts'
import { serverDatabase } from './template-database.ts'
import type { Undo } from './undo.ts'

// Shows what becomes of calls that are made faster than they can be answered: first the capacity of each (closed loop), then
// multiples of it, regardless of earlier ones (open loop). This process is the load, and reports its own cost.
const option = (value: string) => ({ type: 'string', default: value }) as const
const { values } = parseArgs({
  options: {
    calls: option(LOADED.join()),
    factors: option('1,3,10'),
    seconds: option('5'),
    of: option(''),
    // Instead, measures what a flood of staff logins does to others.
    flood: { type: 'boolean', default: false }
  }
})
const seconds = Number(values.seconds)
const names = LOADED.filter((name) => values.calls.split(',').includes(name))
const CLOSED = { me: 50, 'send-otp': 50, 'verify-otp': 50, 'staff-login': 8 }
/** Connections that a balancer keeps open. */
const OPEN = 6_000

const undo: Undo = []
await overload().catch(fail)
for (const step of undo.reverse()) await Promise.resolve().then(step).catch(fail)

async function overload(): Promise<void> {
  if (process.env.DATABASE_URL) onlyLoopback(process.env.DATABASE_URL)
  const tree = values.of ? checkOut(values.of, undo) : presentTree()
  const { url: redisUrl, close } = await privateRedis()
  undo.push(close)
  const database = await serverDatabase(async (url) => migrate(tree, url))
  if (!database) throw new Error('The load needs a PostgreSQL server: set DATABASE_URL.')
  undo.push(database.drop)
  const sql = postgres(database.source, { max: 1 })
  undo.push(() => sql.end())
  const server = await startServer(tree, database.source, redisUrl)
  undo.push(server.stop)
  const redis = new Redis(redisUrl)
  undo.push(() => redis.disconnect())
  const callers = createCallers(server, sql)
  process.stdout.write(`${new Date().toISOString()}, ${tree.name}, Node ${process.version}\n`)
  if (values.flood) {
    process.stdout.write(`${await staffFlood(server, callers)}\n`)
    return
  }
  process.stdout.write(`${head}\n`)

  for (const name of names) {
    // V8 keeps compiling a call until it was made some thousand times.
    await measure(name, 'warm-up')
    const { answered: capacity } = print(await measure(name, 'capacity'))
    for (const factor of values.factors.split(',').map(Number))
      print(await measure(name, `${factor} x`, capacity, factor))
  }

  async function measure(call: Loaded, load: string, capacity?: number, factor = 1): Promise<Row> {
    interruption.throwIfAborted()
    const rate = capacity && capacity * factor
    await callers.ready(call, (rate ?? 2_000) * (seconds + 0.5))
    const before = [cpuOf(server.pid), ownCpu()] as const
    const start = performance.now()
    const made = await drive<Caller>({
      ...{ port: Number(new URL(server.url).port), seconds, connections: rate ? OPEN : CLOSED[call] },
      ...(rate && { rate }),
      next: () => callers.next(call)
    })
    const ms = performance.now() - start
    const [serverCpu, loadCpu] = [(cpuOf(server.pid) - before[0]) / ms, (ownCpu() - before[1]) / ms]
    for (const { caller, status } of made) callers.takeBack(call, caller, status)
    return rowOf({ call, load, serverCpu, loadCpu }, made, seconds, capacity)
  }
}

function print(row: Row): Row {
  process.stdout.write(`${lineOf(row)}\n`)
  return row
}

function ownCpu(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

function fail(error: unknown): void {
  process.exitCode = 1
  process.stderr.write(`${interruption.aborted ? interruption.reason : error}\n`)
}
