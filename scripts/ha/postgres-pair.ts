import { execFile } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../find-redis.ts'

const FOLDERS = ['/usr/lib/postgresql/17/bin', '/usr/lib/postgresql/16/bin', '/usr/lib/postgresql/15/bin']

/** Where Debian puts the programs of a server; undefined when none is installed. */
export const postgresPrograms = FOLDERS.find((folder) => existsSync(join(folder, 'initdb')))

/** Starts a primary and a standby that follows it, for this process alone. PostgreSQL refuses to run as root. */
export async function startPair() {
  const folder = mkdtempSync(join(tmpdir(), 'ha-'))
  chmodSync(folder, 0o777)
  const primary = server(join(folder, 'primary'), await freePort())
  await run('initdb', '-D', primary.folder, '-U', 'postgres', '-A', 'trust', '--no-sync')
  await primary.start()
  const standby = server(join(folder, 'standby'), await freePort())
  await run(
    'pg_basebackup',
    '-D',
    standby.folder,
    '-h',
    '127.0.0.1',
    '-p',
    `${primary.port}`,
    '-U',
    'postgres',
    '-R'
  )
  await standby.start()
  return {
    primary,
    standby,
    urlOf: (...servers: { port: number }[]) =>
      `postgres://postgres@${servers.map(({ port }) => `127.0.0.1:${port}`).join()}/postgres`,
    close: async () => {
      await Promise.all([primary.stop(), standby.stop()])
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

function server(folder: string, port: number) {
  const control = (...argv: string[]) => run('pg_ctl', '-D', folder, '-w', ...argv)
  return {
    folder,
    port,
    start: () => {
      const options = `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1 -c fsync=off -c synchronous_commit=on`
      return control('start', '-l', join(folder, 'log'), '-o', options)
    },
    promote: () => control('promote'),
    /** Stops it as if it had lost power. */
    stop: async () => {
      if (existsSync(join(folder, 'postmaster.pid'))) await control('stop', '-m', 'immediate')
    }
  }
}

async function run(program: string, ...argv: string[]): Promise<void> {
  const path = join(postgresPrograms ?? '', program)
  const asOther =
    userInfo().uid === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : []
  const [command = path, ...rest] = [...asOther, path, ...argv]
  await promisify(execFile)(command, rest, { cwd: '/tmp' })
}
