import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import postgres from 'postgres'
import { freePort } from './find-redis.ts'

const DEBIANS = '/usr/lib/postgresql'
const START_SECONDS = 30

export type PrivatePostgres = Awaited<ReturnType<typeof startPrivatePostgres>>

/** The folder of the server's programs, which Debian does not put on the PATH; undefined when PostgreSQL is not installed. */
export function postgresPrograms(): string | undefined {
  const versions = existsSync(DEBIANS) ? readdirSync(DEBIANS).sort((a, b) => Number(b) - Number(a)) : []
  return versions
    .map((version) => join(DEBIANS, version, 'bin'))
    .find((bin) => existsSync(join(bin, 'initdb')))
}

/**
 * Starts a PostgreSQL for this process alone on a free port of 127.0.0.1, with its own folder, for tests that stop or fill it.
 * @param options settings, as for `postgres -c`
 * @param fill fills its folder instead of `initdb`, e.g. with a copy of another server
 */
export async function startPrivatePostgres(
  options: Record<string, string> = {},
  {
    parent = tmpdir(),
    fill = initialize
  }: { parent?: string; fill?: (bin: string, folder: string) => void } = {}
) {
  const bin = postgresPrograms()
  if (!bin) throw new Error('PostgreSQL is not installed: apt-get install postgresql')
  const folder = mkdtempSync(join(parent, 'citizen-auth-postgres-'))
  const owner = user()
  if (owner) chownSync(folder, owner.uid, owner.gid)
  fill(bin, folder)
  const port = await freePort()
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  let server: ChildProcess | undefined
  process.once('exit', () => server?.kill('SIGKILL'))
  await start()
  return { url, port, folder, start, kill, stop, close, ask }

  /** Starts it, and waits until it answers. */
  async function start(): Promise<void> {
    const given = {
      ...options,
      port: `${port}`,
      listen_addresses: '127.0.0.1',
      unix_socket_directories: folder
    }
    const argv = Object.entries(given).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    server = spawn(`${bin}/postgres`, ['-D', folder, ...argv], { ...owner, stdio: 'ignore', cwd: folder })
    const until = Date.now() + START_SECONDS * 1_000
    while (!(await ask('select 1').then(Boolean, () => false))) {
      if (server.exitCode !== null || Date.now() > until)
        throw new Error(`PostgreSQL does not start in ${folder}`)
      await wait(50)
    }
  }

  /** SIGQUIT stops it as in a crash, without a checkpoint; its backends end too, which SIGKILL would leave behind. */
  function kill(): Promise<void> {
    return end('SIGQUIT')
  }

  /** SIGINT stops it and rolls back what is under way. */
  function stop(): Promise<void> {
    return end('SIGINT')
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (server?.exitCode !== null || !server.kill(signal)) return
    await once(server, 'exit')
  }

  async function close(): Promise<void> {
    await kill()
    rmSync(folder, { recursive: true, force: true })
  }

  /** Runs one statement on its own connection. */
  async function ask(statement: string): Promise<postgres.Row[]> {
    const client = postgres(url, { max: 1, connect_timeout: 2, onnotice: () => {} })
    try {
      return await client.unsafe(statement)
    } finally {
      await client.end({ timeout: 0 })
    }
  }
}

function initialize(bin: string, folder: string): void {
  runAsPostgres(`${bin}/initdb`, ['-D', folder, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'])
}

/** The user that PostgreSQL runs as if this process is root: PostgreSQL refuses to run as root. */
function user(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: idOf('-u'), gid: idOf('-g') }
}

/** Runs one of PostgreSQL's programs as the user that its servers run as. */
export function runAsPostgres(program: string, argv: string[]): void {
  execFileSync(program, argv, { ...user(), cwd: tmpdir(), stdio: ['ignore', 'ignore', 'inherit'] })
}
