import { execFileSync } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { type FoundRedis, freePort, isOnPath, startPrivate } from './find-redis.ts'

export interface FoundCluster extends FoundRedis {
  /** Of each node. */
  urls: string[]
}

/** A private Redis Cluster of three nodes that ends with this process. */
export async function startCluster(env: NodeJS.ProcessEnv = process.env): Promise<FoundCluster> {
  if (!['redis-server', 'redis-cli'].every((program) => isOnPath(program, env))) {
    throw new Error('A Redis Cluster needs redis-server and redis-cli, 7 or newer, which are not installed.')
  }
  const nodes = await Promise.all([startNode(), startNode(), startNode()])
  const urls = nodes.map(({ url }) => url)
  const hosts = urls.map((url) => new URL(url).host)
  execFileSync('redis-cli', ['--cluster', 'create', ...hosts, '--cluster-yes'])
  await Promise.all(urls.map(untilWhole))
  const close = async () => void (await Promise.all(nodes.map((node) => node.close())))
  return { ...nodes[0], urls, close }
}

async function startNode(): Promise<FoundRedis> {
  const [port, busPort] = await Promise.all([freePort(), freePort()])
  return startPrivate(port, ['--cluster-enabled', 'yes', '--cluster-port', `${busPort}`])
}

/** Until a node knows where every key belongs. */
async function untilWhole(url: string): Promise<void> {
  const client = new Redis(url)
  while (!/cluster_state:ok/.test(await client.cluster('INFO'))) await wait(100)
  client.disconnect()
}
