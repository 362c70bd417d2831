import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Redis } from 'ioredis'

export interface FoundRedis {
  /** For `REDIS_URL`. */
  url: string
  version: string
  close(): Promise<void>
}

const DEFAULT_URL = 'redis://127.0.0.1:6379'
const HOW_TO_GET_REDIS = `Redis is needed and was not found. Start one on 127.0.0.1:6379, or set REDIS_URL:
  macOS    brew install redis && brew services start redis
  Debian   sudo apt-get install redis-server
  Docker   docker run -d -p 6379:6379 redis:7
  any      npx redis-memory-server`

/**
 * Finds a Redis to develop and test on: REDIS_URL, the one on 127.0.0.1:6379, or a private `redis-server` that ends with this
 * process, which is installed first as root on Debian. Real ones only: the atomic steps run inside Redis.
 */
export async function findRedis(env: NodeJS.ProcessEnv = process.env): Promise<FoundRedis> {
  if (env.REDIS_URL) return running(env.REDIS_URL, await versionAt(env.REDIS_URL))
  const version = await versionAt(DEFAULT_URL).catch(() => undefined)
  if (version) return running(DEFAULT_URL, version)
  return await privateRedis(env)
}

/** Starts a `redis-server` for this process alone, so that nobody else is affected; installs it first as root on Debian. */
export async function privateRedis(env: NodeJS.ProcessEnv = process.env): Promise<FoundRedis> {
  if (isOnPath('redis-server', env)) return startPrivate(await freePort())
  if (process.getuid?.() === 0 && existsSync('/etc/debian_version') && isOnPath('apt-get', env)) {
    process.stdout.write('Redis is not here: installing redis-server with apt-get.\n')
    // RUNLEVEL=1 keeps Debian from starting a service of its own: the private one is enough.
    const aptEnv = { ...env, RUNLEVEL: '1', DEBIAN_FRONTEND: 'noninteractive' }
    execFileSync('apt-get', ['update', '-qq'], { env: aptEnv, stdio: ['ignore', 'ignore', 'inherit'] })
    execFileSync('apt-get', ['install', '-qq', '--no-install-recommends', 'redis-server'], {
      env: aptEnv,
      stdio: ['ignore', 'ignore', 'inherit']
    })
    return startPrivate(await freePort())
  }
  throw new Error(HOW_TO_GET_REDIS)
}

function running(url: string, version: string): FoundRedis {
  return { url, version, close: async () => {} }
}

/** Starts a `redis-server` on this port of 127.0.0.1 that ends with this process and stores nothing on disk. */
export async function startPrivate(port: number, options: string[] = []): Promise<FoundRedis> {
  const quiet = ['--save', '', '--appendonly', 'no', '--loglevel', 'warning']
  const close = runRedis(['--port', `${port}`, '--bind', '127.0.0.1', ...quiet, ...options])
  const url = `redis://127.0.0.1:${port}`
  return { url, version: await versionAt(url, 50), close }
}

/** Starts a `redis-server` in its own folder; it ends with this process, or when the function that is returned is called. */
export function runRedis(argv: string[], configuration = ''): () => Promise<void> {
  // The shell kills Redis when our end of its standard input closes, however this process dies. Its own process group shields
  // it from Ctrl-C, so that the server can say goodbye before its Redis is gone. A script that never ends (npm run mutation)
  // would make Redis deaf to a gentler signal, and take all memory.
  const script = [
    'folder=$(mktemp -d) && cd "$folder" || exit',
    'printf %s "$CONFIGURATION" >redis.conf',
    'ulimit -v 2000000 2>/dev/null',
    'redis-server redis.conf "$@" & cat',
    '{ kill -9 $!; wait; } 2>/dev/null',
    'rm -r "$folder"'
  ].join('; ')
  const watchdog = spawn('sh', ['-c', script, 'sh', ...argv], {
    stdio: ['pipe', 'ignore', 'inherit'],
    detached: true,
    env: { ...process.env, CONFIGURATION: configuration }
  })
  const ended = once(watchdog, 'exit')
  return async () => {
    watchdog.stdin.end()
    await ended
  }
}

/** The version of the Redis at this URL. */
async function versionAt(url: string, tries = 1): Promise<string> {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 1_000,
    commandTimeout: 1_000,
    retryStrategy: () => null
  })
  client.on('error', () => {})
  try {
    await client.connect()
    return /redis_version:(\S+)/.exec(await client.info('server'))?.[1] ?? 'of unknown version'
  } catch (error) {
    if (tries <= 1) throw new Error(`No Redis answers at ${new URL(url).host}.`, { cause: error })
    await wait(100)
    return await versionAt(url, tries - 1)
  } finally {
    client.disconnect()
  }
}

/** A port of this machine that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Whether a program is installed. */
export function isOnPath(program: string, { PATH = '' }: NodeJS.ProcessEnv): boolean {
  return PATH.split(delimiter).some((folder) => existsSync(join(folder, program)))
}
