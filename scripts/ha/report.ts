import type { Found } from './load.ts'

/** What a case must not exceed. */
export const HEALED_WITHIN_MS = 5_000

export interface Row {
  case: string
  requests: number
  answered: number
  failed: number
  wrongLogins: number
  usedTwice: number | string
  /** After the new primary was there (ms). */
  healedMs?: number
  isGood: boolean
}

/** A case under load; `newPrimaryAt` is when the new primary was there, where one took the place of another. */
export function rowOf(name: string, { failures, ...found }: Found, newPrimaryAt?: number): Row {
  const last = failures.at(-1) ?? 0
  const healedMs = newPrimaryAt === undefined ? undefined : Math.max(0, Math.round(last - newPrimaryAt))
  const isHealed = healedMs === undefined ? found.failed === 0 : healedMs <= HEALED_WITHIN_MS
  const isGood = found.wrongLogins === 0 && found.usedTwice === 0 && isHealed && found.answered > 20
  return { case: name, ...found, ...(healedMs !== undefined && { healedMs }), isGood }
}

/** A line of a Markdown table, told as soon as it is known. */
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
