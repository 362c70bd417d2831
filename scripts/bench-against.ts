import { CITIZENS, calls } from './bench/calls.ts'
import { enter, type Undo } from './bench/contender.ts'
import { heading, row } from './bench/figures.ts'
import { interruption } from './bench/interruption.ts'
import { CONNECTIONS } from './bench/load.ts'
import { checkOut, presentTree } from './bench/revision.ts'
import { findRedis } from './find-redis.ts'
import { onlyLoopback } from './loopback.ts'

// What a change costs: this tree and another revision, each with its own database and keys, under the same load in turn,
// so that a busy machine hits both alike. `npm run bench:against -- main`
const ROUNDS = 10
/** No round begins later. */
const LOAD_MS = 90_000

const undo: Undo = []
try {
  await compare(process.argv[2] ?? '')
} catch (error) {
  process.exitCode = 1
  process.stderr.write(`${interruption.aborted ? interruption.reason : error}\n`)
} finally {
  for (const step of undo.reverse()) {
    try {
      await step()
    } catch (error) {
      process.exitCode = 1
      process.stderr.write(`Not tidied up: ${error}\n`)
    }
  }
}

async function compare(revision: string): Promise<void> {
  if (!revision) throw new Error('Name a git revision to compare with: npm run bench:against -- main')
  for (const url of [process.env.REDIS_URL, process.env.DATABASE_URL]) if (url) onlyLoopback(url)
  const redis = await findRedis()
  undo.push(redis.close)
  const other = await checkOut(revision)
  undo.push(other.remove)
  const before = await enter('before', other, redis.url, undo)
  const present = await enter('present', await presentTree(), redis.url, undo)

  const end = performance.now() + LOAD_MS
  let rounds = 0
  // The first one only warms up: what is compiled and cached then, and every citizen signs in for the first time.
  for (let round = 0; round <= ROUNDS && performance.now() < end; round++) {
    const inTurn = round % 2 ? [before, present] : [present, before]
    for (const call of calls) for (const contender of inTurn) await contender.measure(call, round > 0)
    rounds = round
  }
  for (const contender of [before, present]) await contender.count()

  process.stdout.write(
    `${other.name} before, ${present.tree.name} present: ${rounds} rounds of ${CITIZENS} requests, ` +
      `${CONNECTIONS} connections, Redis ${redis.version}, ${present.database}\n${heading}`
  )
  for (const call of calls) process.stdout.write(row(call.name, before.figures(call), present.figures(call)))
}
