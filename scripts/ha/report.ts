import type { Found } from './load.ts'

/** The longest that a case may take to heal (ms). */
export const HEALED_WITHIN_MS = 5_000

export interface Row {
  case: string
  requests: number
  answered: number
  failed: number
  wrongLogins: number
  usedTwice: number | string
  /** From the takeover of the new primary to the last failure (ms). */
  healedMs?: number
  isGood: boolean
}

/** The row of a case under load; `newPrimaryAt` is when the new primary was there, if one took the place of another. */
export function rowOf(name: string, { failures, ...found }: Found, newPrimaryAt?: number): Row {
  const last = failures.at(-1) ?? 0
  const healedMs = newPrimaryAt === undefined ? undefined : Math.max(0, Math.round(last - newPrimaryAt))
  const isHealed = healedMs === undefined ? found.failed === 0 : healedMs <= HEALED_WITHIN_MS
  const isGood = found.wrongLogins === 0 && found.usedTwice === 0 && isHealed && found.answered > 20
  return { case: name, ...found, ...(healedMs !== undefined && { healedMs }), isGood }
}

/** Prints a line of a Markdown table as soon as it is known; without a row, prints the header. */
export function tell(row?: Row): void {
  const cells = row
    ? [
        ...[row.case, row.requests, row.answered, row.failed, row.wrongLogins, row.usedTwice],
        ...[row.healedMs ?? '', row.isGood ? 'ok' : 'BROKEN']
      ]
    : ['case', 'requests', '2xx', '5xx', 'wrong logins', 'codes used twice', 'healed after (ms)', '']
  process.stdout.write(`| ${cells.join(' | ')} |\n`)
  if (!row) process.stdout.write(`|${'---|'.repeat(cells.length)}\n`)
}
