import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { freePort } from '../find-redis.ts'
import type { Undo } from '../undo.ts'

const OPTIONS = [
  '--appendonly',
  'yes',
  '--save',
  '',
  '--maxmemory-policy',
  'noeviction',
  '--loglevel',
  'warning'
]

/** Starts a Redis that writes an append-only file as in production, and can be killed and restarted on its port and folder. */
export async function startRedis(parent: string, undo: Undo) {
  const folder = join(parent, 'redis')
  mkdirSync(folder)
  const port = await freePort()
  const argv = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, ...OPTIONS]
  let server: ChildProcess | undefined
  /** Connects directly, not through the fault. */
  const client = new Redis(port, '127.0.0.1', { retryStrategy: () => 20 }).on('error', () => {})
  undo.push(kill, () => client.disconnect())
  await start()
  return { port, url: `redis://127.0.0.1:${port}`, client, start, kill }

  async function start(): Promise<void> {
    server = spawn('redis-server', argv, { stdio: 'ignore' })
    // Redis answers PING with an error while it reads its log.
    while (!(await client.ping().catch(() => undefined))) await wait(20)
  }

  async function kill(): Promise<void> {
    if (server?.exitCode !== null || server.signalCode !== null) return
    server.kill('SIGKILL')
    await once(server, 'exit')
  }
}
