import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import postgres from 'postgres'
import { freePort } from './find-redis.ts'

export const hasPgBouncer = spawnSync('pgbouncer', ['--version']).status === 0

const TRIES = 100

/** Starts a PgBouncer with these settings in front of a database; returns the URL that leads through it. */
export async function startPgBouncer(databaseUrl: string, settings: readonly string[]) {
  const { hostname, port, username, password, pathname } = new URL(databaseUrl)
  const name = pathname.slice(1)
  const listen = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'pgbouncer-'))
  chmodSync(folder, 0o755)
  const file = join(folder, 'pgbouncer.ini')
  writeFileSync(
    file,
    [
      '[databases]',
      `${name} = host=${hostname} port=${port} user=${username} password=${password} dbname=${name}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${listen}`,
      'unix_socket_dir =',
      'auth_type = any',
      'default_pool_size = 20',
      ...settings
    ].join('\n')
  )
  // PgBouncer refuses to run as root.
  const asOther = userInfo().uid === 0 ? ['-u', 'nobody'] : []
  const child = spawn('pgbouncer', [...asOther, file], { stdio: 'ignore' })
  const url = Object.assign(new URL(databaseUrl), { host: `127.0.0.1:${listen}` }).href
  for (let tries = 0; !(await answers(url)) && tries < TRIES; tries += 1) await wait(50)
  const close = async () => {
    child.kill('SIGKILL')
    await once(child, 'exit')
    rmSync(folder, { recursive: true })
  }
  return { url, close }
}

async function answers(url: string): Promise<boolean> {
  const client = postgres(url, { max: 1, fetch_types: false, onnotice: () => {} })
  const asked = client`select 1`.simple().then(
    () => true,
    () => false
  )
  return asked.finally(() => client.end({ timeout: 0 }))
}
