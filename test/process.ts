import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Test } from 'tap'
import type { Environment } from '../src/config/settings.ts'

// The options with which tap compiles this process and measures coverage.
const compiler = process.execArgv.filter((option) => !option.includes('@tapjs/mock'))
const tapEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => /^(PATH$|_?TAP|TS_NODE)/.test(name))
)

/** Runs a file as a real process with only these settings; it is killed when the test ends at the latest. */
export function start(t: Pick<Test, 'teardown'>, file: string, argv: string[] = [], env: Environment = {}) {
  // Built files need no compiler.
  const options = file.endsWith('.js') ? [] : compiler
  const child = spawn(process.execPath, [...options, file, ...argv], { env: { ...tapEnv, ...env } })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
      child.emit('said')
    })
  }
  const closed = once(child, 'close')
  const ended = closed.then(([code]: (number | null)[]) => ({ code, ...output }))
  t.teardown(async () => {
    child.kill('SIGKILL')
    await closed
  })

  return {
    child,
    /** How it ended and what it printed. */
    ended,
    /** Waits until stdout matches; returns what the first group matched. */
    async said(pattern: RegExp): Promise<string> {
      for (;;) {
        const found = pattern.exec(output.stdout)
        if (found) return found[1] ?? found[0]
        const end = await Promise.race([once(child, 'said').then(() => undefined), ended])
        if (end) throw new Error(`it ended with ${end.code} and said: ${end.stdout}${end.stderr}`)
      }
    }
  }
}
