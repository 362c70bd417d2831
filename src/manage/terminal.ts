import type { Readable, Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import askHidden from '@inquirer/password'
import { maskPhone } from '../phone.ts'
import { NAME_MAX, textProblem, tidyText } from '../text/text.ts'
import { decodeUtf8 } from '../text/utf8.ts'

/** Where a command reads and writes. */
export interface Terminal {
  stdin: Readable & { isTTY?: boolean }
  stdout: Writable
  stderr: Writable
}

/** A problem that the operator can fix; reported in one line, exit code 1. */
export class OperatorError extends Error {
  override name = 'OperatorError'
}

/** Turns a typed name into the form that is stored. @throws OperatorError when it is not a valid name */
export function nameFrom(typed: string): string {
  const name = tidyText(typed)
  const problem = textProblem(name, NAME_MAX)
  if (problem) throw new OperatorError(`A name ${problem}.`)
  return name
}

/** Prints a table for people and `cut -f`: columns separated by tabs, no decoration. */
export function printRows({ stdout }: Terminal, rows: (string | number | null)[][]): void {
  for (const row of rows) stdout.write(`${row.map((cell) => cell ?? '-').join('\t')}\n`)
}

/** Prints a user's new state and how many sessions ended. */
export function printEnded(
  terminal: Terminal,
  user: { phoneNumber: string },
  state: string,
  ended: number
): void {
  printRows(terminal, [[maskPhone(user.phoneNumber), state, `sessions ended: ${ended}`]])
}

/** Reads a new password: asked for twice without echo on a terminal, otherwise the first line of standard input. */
export async function readPassword(terminal: Terminal): Promise<string> {
  if (!terminal.stdin.isTTY) {
    const text = decodeUtf8(await buffer(terminal.stdin))
    if (text === undefined) throw new OperatorError('The password is not in UTF-8; nothing was changed.')
    return text.split(/\r?\n/, 1)[0] ?? ''
  }
  const ask = (message: string) => askHidden({ message }, { input: terminal.stdin, output: terminal.stderr })
  const password = await ask('New password:')
  if ((await ask('Once more:')) !== password) throw new OperatorError('The two passwords differ.')
  return password
}
