import type { Trips } from './trips.ts'

/** What was measured of one call at one server. */
export interface Figures {
  /** Requests per second, round by round. */
  rates: number[]
  trips: Trips[]
}

/** A call before and after as a line of a table; `heading` is its first line. */
export function row(name: string, before: Figures, present: Figures): string {
  const ratios = present.rates.map((rate, round) => rate / (before.rates[round] ?? Number.NaN))
  const span = [Math.min(...ratios), Math.max(...ratios)].map((ratio) => ratio.toFixed(2)).join('-')
  return line(name, [
    String(Math.round(median(before.rates))),
    String(Math.round(median(present.rates))),
    `${median(ratios).toFixed(2)} (${span})`,
    change(before, present, 'roundTrips'),
    change(before, present, 'commands')
  ])
}

export const heading = line('', [
  'before/s',
  'present/s',
  'ratio (of rounds)',
  'Redis round trips',
  'Redis commands'
])

function line(name: string, cells: string[]): string {
  const widths = [10, 11, 20, 19, 16]
  return `${name.padEnd(24)}${cells.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('')}\n`
}

function change(before: Figures, present: Figures, what: keyof Trips): string {
  return [before, present].map(({ trips }) => median(trips.map((trip) => trip[what]))).join(' -> ')
}

/** What neither a pause of the machine nor a timer of the service can shift; of an even number the upper middle. */
function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}
