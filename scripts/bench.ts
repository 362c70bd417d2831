import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { calls } from './bench/calls.ts'
import { type Contender, enter } from './bench/contender.ts'
import { compare, table } from './bench/figures.ts'
import { growth } from './bench/growth.ts'
import { interruption } from './bench/interruption.ts'
import { checkOut, floorTree, presentTree } from './bench/revision.ts'
import { privateRedis } from './find-redis.ts'
import { onlyLoopback } from './loopback.ts'
import type { Undo } from './undo.ts'

// Measures what the service costs beside a floor (bench/floor.ts), or beside another revision of itself: both take the same
// load in turn, each with its own stores, so that a busy machine affects both alike. The first argument is how often each is
// started. With `--users N`, measures only the database queries, as the tables grow to N users.
const option = (value: string) => ({ type: 'string', default: value }) as const
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: option('8'),
    'warm-up': option('10'),
    seconds: option('1'),
    against: option(''),
    users: option(''),
    json: option('')
  }
})
const starts = Number(positionals[0] ?? 5)
const rounds = Number(values.rounds)
const warmUp = Number(values['warm-up'])
const seconds = Number(values.seconds)
const undo: Undo = []
await (values.users ? growth(Number(values.users), rounds, undo) : bench()).catch(fail)
for (const step of undo.reverse()) await Promise.resolve().then(step).catch(fail)

async function bench(): Promise<void> {
  if (process.env.DATABASE_URL) onlyLoopback(process.env.DATABASE_URL)
  process.stderr.write('building and starting\n')
  const redis = await privateRedis()
  undo.push(redis.close)
  const other = values.against ? checkOut(values.against, undo) : await floorTree()
  const base = await enter(other, `${redis.url}/0`, undo)
  const present = await enter(presentTree(), `${redis.url}/1`, undo)
  const inTurn = async (round: number, work: (contender: Contender) => Promise<void>) => {
    for (const contender of round % 2 ? [base, present] : [present, base]) await work(contender)
  }
  for (let start = 0; start < starts; start++) await inTurn(start, ({ restart }) => restart())
  // A process serves for weeks, but V8 keeps compiling a call until it was made some ten thousand times: hence the warm-up.
  for (let round = 1 - warmUp; rounds > 0 && round <= rounds; round++) {
    process.stderr.write(round > 0 ? `round ${round} of ${rounds}\n` : `warming up, ${1 - round} to go\n`)
    for (const call of calls) await inTurn(round, ({ measure }) => measure(call, seconds, round <= 0))
  }

  const report = {
    ...{ at: new Date().toISOString(), base: base.name, present: present.name, rounds, seconds, starts },
    machine: `${availableParallelism()} cores, ${cpus()[0]?.model}`,
    stores: `Node ${process.version}, ${present.description}, Redis ${redis.version}`,
    start: { start: compare(base.starts, present.starts) },
    calls: Object.fromEntries(
      [...present.rounds].map(([name, figures]) => [name, compare(base.rounds.get(name), figures)])
    )
  }
  process.stdout.write(`${report.at}, ${report.machine}, ${report.stores}\n${table(report, report.start)}`)
  if (rounds)
    process.stdout.write(`\nCPU in ms of 1000 requests, and memory:\n${table(report, report.calls)}`)
  if (values.json) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`)
}

function fail(error: unknown): void {
  process.exitCode = 1
  process.stderr.write(`${interruption.aborted ? interruption.reason : error}\n`)
}
