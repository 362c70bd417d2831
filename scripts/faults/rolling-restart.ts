import type postgres from 'postgres'
import type { Tree } from '../bench/revision.ts'
import { startServer } from '../bench/server.ts'
import { createCallers } from '../overload/callers.ts'
import { drive } from '../overload/drive.ts'
import type { Undo } from '../undo.ts'
import { startBalancer } from './balancer.ts'

const PER_SECOND = 400
const CONNECTIONS = 50

export interface RollingRestart {
  tree: Tree
  databaseUrl: string
  redisUrl: string
  sql: postgres.Sql
  undo: Undo
  /** Number of restarts, one after another, and the least number of requests. */
  restarts: number
  requests: number
  drainSeconds: number
}

/** Restarts two servers behind a balancer in turn under load; returns how many requests were made, and what failed. */
export async function rollingRestart(options: RollingRestart) {
  const { tree, databaseUrl, redisUrl, sql, undo, restarts, requests } = options
  const env = { DRAIN_SECONDS: String(options.drainSeconds) }
  const start = () => startServer(tree, databaseUrl, redisUrl, env)
  const servers = [await start(), await start()]
  undo.push(() => Promise.all(servers.map((server) => server.stop())))
  const urls = servers.map(({ url }) => url)
  const [first] = servers
  if (!first) throw new Error('there is no server')
  const callers = createCallers(first, sql)
  await callers.ready('me', 0)
  const balancer = await startBalancer(urls)
  undo.push(balancer.close)

  let isRestarted = false
  const failed = new Map<string, number>()
  const restarting = (async () => {
    for (let restart = 0; restart < restarts; restart++) {
      const place = restart % 2
      await servers[place]?.stop()
      const server = await start()
      servers[place] = server
      urls[place] = server.url
      // The balancer must be using it before the other one stops.
      await new Promise((resolve) => setTimeout(resolve, 1_500))
    }
    isRestarted = true
  })()
  restarting.catch(() => {})
  let made = 0
  while (!isRestarted || made < requests) {
    const next = () => callers.next(made++ % 4 === 0 ? 'send-otp' : 'me')
    const outcomes = await drive({
      ...{ port: balancer.port, seconds: 1, rate: PER_SECOND, connections: CONNECTIONS, next }
    })
    for (const { status, reply } of outcomes) {
      const what = `${status} ${/"code":"\w+"/.exec(reply)?.[0] ?? reply.slice(0, 60)}`
      if (status !== 200) failed.set(what, (failed.get(what) ?? 0) + 1)
    }
    await Promise.race([restarting, new Promise((resolve) => setImmediate(resolve))])
  }
  await restarting
  return { made, failed }
}
