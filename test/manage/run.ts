import { Readable, Writable } from 'node:stream'
import type { Environment } from '../../src/config/settings.ts'
import { manage } from '../../src/manage/index.ts'
import type { Terminal } from '../../src/manage/terminal.ts'
import { databaseUrl } from '../database.ts'

/** A password that the policy accepts. */
export const PASSWORD = 'unrelated walnut ferry 1903'

/** A stream that keeps what is written to it. */
export function collector() {
  const chunks: string[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk))
      done()
    }
  })
  return { stream, text: () => chunks.join('') }
}

/** Runs the operator's command as a script does, with something on standard input. */
export async function run(
  argv: string[],
  input: string | Buffer | AsyncIterable<string> = '',
  env: Environment = {}
) {
  const stdin: Terminal['stdin'] = Readable.from(bytesOf(input))
  const [stdout, stderr] = [collector(), collector()]
  const code = await manage(
    argv,
    { DATABASE_URL: databaseUrl, ...env },
    { stdin, stdout: stdout.stream, stderr: stderr.stream }
  )
  return { code, stdout: stdout.text(), stderr: stderr.text() }
}

/** As a pipe delivers them. */
async function* bytesOf(input: string | Buffer | AsyncIterable<string>) {
  if (Buffer.isBuffer(input)) yield input
  else if (typeof input === 'string') yield Buffer.from(input)
  else for await (const text of input) yield Buffer.from(text)
}

/** Runs a command that must succeed without complaints; returns the table it prints. */
export async function succeed(argv: string[], input = '', env: Environment = {}): Promise<string[][]> {
  const { code, stdout, stderr } = await run(argv, input, env)
  if (code !== 0 || stderr !== '') throw new Error(`${argv.join(' ')} ended with ${code}: ${stderr}`)
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t'))
}
