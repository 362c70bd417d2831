import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import type { Environment } from '../../src/config/settings.ts'
import { freePort } from '../find-redis.ts'

/** Exits with 70 if the process has read a request that it did not answer. */
const COUNTED = `
  import { subscribe } from 'node:diagnostics_channel'
  let open = 0
  subscribe('http.server.request.start', () => open++)
  subscribe('http.server.response.finish', () => open--)
  process.on('exit', () => { if (open > 0) process.exitCode = 70 })`
const ARGV = ['--import', `data:text/javascript,${encodeURIComponent(COUNTED)}`, 'dist/bin/server.js']

export type Service = Awaited<ReturnType<typeof startService>>

/** Runs the built service as a process, on a port that it keeps across restarts. */
export async function startService(env: Environment) {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  let child: ChildProcess | undefined
  await start()
  return { port, url, start, end }

  async function start(): Promise<void> {
    const process = spawn(globalThis.process.execPath, ARGV, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { PATH: globalThis.process.env.PATH, ...env, PORT: `${port}` }
    })
    child = process
    while (!(await isReady())) {
      if (process.exitCode !== null)
        throw new Error(`The service ended at its start with ${process.exitCode}.`)
      await wait(20)
    }
  }

  async function isReady(): Promise<boolean> {
    return (await fetch(`${url}/health/ready`).catch(() => undefined))?.ok ?? false
  }

  /** Ends the process and returns its exit code; null when a signal killed it. */
  async function end(signal: NodeJS.Signals): Promise<number | null> {
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null
    const ended = once(child, 'exit')
    child.kill(signal)
    const [code] = await ended
    return code
  }
}
