import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** Runs a program in this terminal and passes signals on to it; returns its exit code. */
export async function run(program: string, args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(program, args, { stdio: 'inherit', env })
  const pass = (signal: NodeJS.Signals) => child.kill(signal)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, pass)
  const [code, ended] = await once(child, 'exit')
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, pass)
  if (ended) process.stderr.write(`${program} was ended by ${ended}.\n`)
  return code ?? 1
}
