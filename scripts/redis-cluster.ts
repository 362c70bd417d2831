import { execFileSync } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { type FoundRedis, freePort, isOnPath, startPrivate } from './find-redis.ts'

export interface FoundCluster extends FoundRedis {
  /** URL of each node; the masters come first. */
  urls: string[]
  nodes: FoundRedis[]
}

const MASTERS = 3
/** How long a master may be silent before it is taken for dead (ms). */
const NODE_TIMEOUT_MS = 1_000

/** Starts a private Redis Cluster of three masters that ends with this process. */
export async function startCluster(
  env: NodeJS.ProcessEnv = process.env,
  { replicasOfEach = 0 } = {}
): Promise<FoundCluster> {
  if (!['redis-server', 'redis-cli'].every((program) => isOnPath(program, env))) {
    throw new Error('A Redis Cluster needs redis-server and redis-cli, 7 or newer, which are not installed.')
  }
  const nodes = await Promise.all(Array.from({ length: MASTERS * (1 + replicasOfEach) }, startNode))
  const [first] = nodes
  if (!first) throw new Error('A cluster has nodes.')
  const urls = nodes.map(({ url }) => url)
  const hosts = urls.map((url) => new URL(url).host)
  const replicas = ['--cluster-replicas', `${replicasOfEach}`]
  execFileSync('redis-cli', ['--cluster', 'create', ...hosts, ...replicas, '--cluster-yes'])
  await Promise.all(urls.map(untilWhole))
  const close = async () => void (await Promise.all(nodes.map((node) => node.close())))
  return { ...first, urls, nodes, close }
}

async function startNode(): Promise<FoundRedis> {
  const [port, busPort] = await Promise.all([freePort(), freePort()])
  const timeout = ['--cluster-node-timeout', `${NODE_TIMEOUT_MS}`, '--repl-diskless-sync-delay', '0']
  return startPrivate(port, ['--cluster-enabled', 'yes', '--cluster-port', `${busPort}`, ...timeout])
}

/** Waits until a node knows where every key belongs. */
async function untilWhole(url: string): Promise<void> {
  const client = new Redis(url)
  while (!/cluster_state:ok/.test(await client.cluster('INFO'))) await wait(100)
  client.disconnect()
}
