import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from '../find-redis.ts'
import type { Undo } from '../undo.ts'

/** Starts Debian's Prometheus with our own settings and alerts, but on these targets, every two seconds; returns its URL. */
export async function prometheus(targets: string[], undo: Undo): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'citizen-auth-prometheus-'))
  undo.push(() => rmSync(folder, { recursive: true }))
  cpSync('deploy/prometheus', folder, { recursive: true })
  const file = join(folder, 'prometheus.yaml')
  const settings = readFileSync(file, 'utf8')
    .replace(/(_interval): 15s/g, '$1: 2s')
    .replace(/targets: .*/, `targets: ${JSON.stringify(targets)}`)
  writeFileSync(file, settings)
  const address = `127.0.0.1:${await freePort()}`
  const child = spawn(
    'prometheus',
    [`--config.file=${file}`, `--storage.tsdb.path=${folder}/tsdb`, `--web.listen-address=${address}`],
    { stdio: ['ignore', 'ignore', 'ignore'] }
  )
  const ended = once(child, 'exit')
  undo.push(() => {
    child.kill()
    return ended
  })
  for (let tries = 0; tries < 100; tries++) {
    if ((await fetch(`http://${address}/-/ready`).catch(() => undefined))?.ok) return `http://${address}`
    await wait(200)
  }
  throw new Error('Prometheus does not start: apt-get install prometheus')
}
