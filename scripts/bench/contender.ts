import { serverDatabase } from '../template-database.ts'
import { type Call, loadWith, tripsOf } from './calls.ts'
import type { Figures } from './figures.ts'
import { migrate, type Tree } from './revision.ts'
import { dropKeys, type ServerOptions, startServer } from './server.ts'
import { countingProxy } from './trips.ts'

/** What has to be done at the end, last thing first. */
export type Undo = (() => Promise<void> | void)[]

/** The server of a tree, on a database and Redis keys of its own. */
export async function enter(role: 'before' | 'present', tree: Tree, redisUrl: string, undo: Undo) {
  const keyPrefix = `bench:${process.pid}:${role}:`
  const database = await serverDatabase((url) => migrate(tree, url))
  if (!database) throw new Error('The benchmark needs a PostgreSQL server: set DATABASE_URL.')
  undo.push(database.drop, () => dropKeys(redisUrl, keyPrefix))
  const options: ServerOptions = {
    folder: tree.folder,
    databaseUrl: database.source,
    redisUrl,
    keyPrefix
  }
  const server = await startServer(options)
  undo.push(server.stop)
  const all = new Map<Call, Figures>()
  return { tree, database: database.description, figures, measure, count }

  function figures(call: Call): Figures {
    const known = all.get(call) ?? { rates: [], trips: [] }
    all.set(call, known)
    return known
  }

  /** One round of a call. */
  async function measure(call: Call, isCounted: boolean): Promise<void> {
    const { perSecond, refused } = await loadWith(call, server)
    if (isCounted) figures(call).rates.push(perSecond)
    if (!refused) return
    process.exitCode = 1
    process.stderr.write(`${call.name}, ${role}: ${refused}\n`)
  }

  /** Asks another server of the same tree, for the way by the proxy is a longer one. */
  async function count(): Promise<void> {
    const proxy = await countingProxy(redisUrl)
    undo.push(proxy.close)
    const watched = await startServer({ ...options, redisUrl: proxy.url })
    undo.push(watched.stop)
    for (const [call, trips] of await tripsOf(watched, proxy.during)) figures(call).trips.push(...trips)
  }
}
