import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { freePort } from '../scripts/find-redis.ts'
import { environment } from './helper.ts'

const PATH = process.env.PATH ?? ''
const isInstalled = PATH.split(delimiter).some((folder) => existsSync(join(folder, 'redis-server')))
/** For tests that start a Redis of their own; where none is installed, Redis runs elsewhere. */
export function withRedis(name: string, work: (t: Test) => Promise<void>): void {
  if (isInstalled) t.test(name, work)
}

/** A Redis of this test alone that can be killed and started again on its port; runs already. */
export async function createRedisProcess(t: Test, options: string[] = []) {
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  const argv = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--loglevel', 'warning', ...options]
  // With the prefix of the apps, as the helper's own.
  const client = new Redis(url, { keyPrefix: environment.REDIS_KEY_PREFIX, lazyConnect: true })
  client.on('error', () => {})

  let kill = async () => {}
  async function start(): Promise<void> {
    // The shell tells which process is Redis, and ends it when our end of its standard input closes, however we die.
    const script = 'redis-server "$@" >&2 & echo $!; cat; kill -9 $!'
    const shell = spawn('sh', ['-c', script, 'sh', ...argv], { stdio: ['pipe', 'pipe', 'ignore'] })
    const ended = once(shell, 'exit')
    const [line] = await once(shell.stdout, 'data')
    kill = async () => {
      process.kill(Number(line), 'SIGKILL')
      shell.stdin.end()
      await ended
      kill = async () => {}
    }
    await client.ping()
  }

  t.teardown(async () => {
    client.disconnect()
    await kill()
  })
  await start()
  return { url, client, start, kill: () => kill() }
}
