import postgres from 'postgres'
import { type Call, callerOf, calls } from './bench/calls.ts'
import { quantile } from './bench/figures.ts'
import { load } from './bench/load.ts'
import { migrate, presentTree } from './bench/revision.ts'
import { startServer } from './bench/server.ts'
import { freePort, startPrivate } from './find-redis.ts'
import { onlyLoopback } from './loopback.ts'
import { serverDatabase } from './template-database.ts'
import type { Undo } from './undo.ts'

// Measures the price of REDIS_WAIT_REPLICAS=1: sign-ins at two servers in turn, one with it and one without, on a Redis with a
// replica on this machine. A replica elsewhere adds the network round trip.
const ROUNDS = 8
const SIGN_INS = 1_500
const [sendOtp, verifyOtp] = calls as [Call, Call]
const undo: Undo = []
try {
  if (process.env.DATABASE_URL) onlyLoopback(process.env.DATABASE_URL)
  const port = await freePort()
  const primary = await startPrivate(port)
  const replica = await startPrivate(await freePort(), ['--replicaof', '127.0.0.1', String(port)])
  undo.push(replica.close, primary.close)
  const tree = presentTree()
  const database = await serverDatabase(async (url) => migrate(tree, url))
  if (!database) throw new Error('This needs a PostgreSQL server: set DATABASE_URL.')
  undo.push(database.drop)
  const sql = postgres(database.source, { max: 1 })
  undo.push(() => sql.end())
  const start = (waitReplicas: string) =>
    startServer(tree, database.source, primary.url, { REDIS_WAIT_REPLICAS: waitReplicas })
  const without = { server: await start('0'), perSecond: [] as number[], p50: [] as number[] }
  const confirmed = { server: await start('1'), perSecond: [] as number[], p50: [] as number[] }
  undo.push(without.server.stop, confirmed.server.stop)

  let strangers = 0
  for (let round = 0; round <= ROUNDS; round++) {
    for (const one of round % 2 ? [without, confirmed] : [confirmed, without]) {
      const asking = Array.from({ length: SIGN_INS }, () => callerOf(strangers++))
      const { answered } = await load(one.server.url, sendOtp, asking)
      const codes = one.server.takeCodes()
      const holders = answered.map((caller) => ({ ...caller, code: codes.get(caller.phone_number) ?? '' }))
      const { figures, refused } = await load(one.server.url, verifyOtp, holders)
      if (refused) process.stderr.write(`${one === confirmed ? 'confirmed' : 'without'}: ${refused}\n`)
      // The first round warms up.
      if (round === 0) continue
      one.perSecond.push(figures['per second'])
      one.p50.push(figures['p50 ms'])
    }
  }
  for (const [name, { perSecond, p50 }] of Object.entries({ without, confirmed }))
    process.stdout.write(
      `${name.padEnd(10)} ${quantile(perSecond).toFixed(0).padStart(6)} sign-ins a second, p50 ${quantile(p50).toFixed(1)} ms\n`
    )
} finally {
  for (const step of undo.reverse()) await step()
}
