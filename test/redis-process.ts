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
/** For tests that start their own Redis; left out where redis-server is not installed because Redis runs elsewhere. */
export function withRedis(name: string, work: (t: Test) => Promise<void>): void {
  if (isInstalled) t.test(name, work)
}

/** A Redis for this test only, already running, that can be killed and restarted on its port. */
export async function createRedisProcess(t: Test, options: string[] = []) {
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  const argv = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--loglevel', 'warning', ...options]
  // With the key prefix of the apps, like the helper's client.
  const client = new Redis(url, { keyPrefix: environment.REDIS_KEY_PREFIX, lazyConnect: true })
  client.on('error', () => {})

  let kill = async () => {}
  async function start(): Promise<void> {
    // The shell prints the process id of Redis and kills it when our end of its standard input closes, however we die.
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
