import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Undo } from '../undo.ts'

const SETTINGS = {
  ...{ NODE_ENV: 'test', HOST: '127.0.0.1', PORT: '0', METRICS_PORT: '0', TRUST_PROXY: '127.0.0.1/32' },
  JWT_SECRET: 'a secret of the dashboard that signs the tokens',
  OTP_SECRET: 'a secret of the dashboard that keys the digests',
  SMS_PER_HOUR: '6000',
  // Redis may answer late on a busy machine.
  REDIS_TIMEOUT_MS: '5000'
}

/** Starts the service as a process on loopback and returns its addresses; `undo` ends it. */
export async function startService(settings: Record<string, string>, undo: Undo) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/server.ts'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...SETTINGS, ...settings }
  })
  const ended = once(child, 'exit')
  undo.push(() => {
    child.kill()
    return ended
  })
  const found = { url: '', metrics: '' }
  for await (const line of createInterface(child.stdout)) {
    found.metrics ||= /"url":"http:\/\/([^"]+)\/metrics"/.exec(line)?.[1] ?? ''
    found.url ||= /Server listening at ([^"]+)"/.exec(line)?.[1] ?? ''
    if (found.url && found.metrics) break
  }
  if (!found.url) throw new Error('The service does not start.')
  child.stdout.resume()
  return found
}
