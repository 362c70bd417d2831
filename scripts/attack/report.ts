export interface Figure {
  case: string
  measured: number | string
  /** Undefined when nothing in the service bounds the figure yet, or when it is shown for comparison. */
  allowed?: number | undefined
  note?: string
}

export const isOver = ({ measured, allowed }: Figure) => allowed !== undefined && Number(measured) > allowed

export function table(figures: Figure[]): string {
  const rows = figures.map((figure) => [
    figure.case,
    String(figure.measured),
    String(figure.allowed ?? ''),
    figure.allowed === undefined ? (figure.note ?? 'no limit') : isOver(figure) ? 'EXCEEDED' : 'ok'
  ])
  const all = [['case', 'measured', 'allowed', 'ok'], ...rows]
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  const line = (row: string[]) =>
    row.map((cell, column) =>
      column % 3 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)
    )
  return `${all.map((row) => line(row).join('   ').trimEnd()).join('\n')}\n`
}

export const DAY = 86_400

/** The largest number of moments (ms) within any window of `seconds`. */
export function mostWithin(seconds: number, moments: number[]): number {
  const sorted = moments.toSorted((a, b) => a - b)
  let first = 0
  return sorted.reduce((most, moment, last) => {
    while (moment - (sorted[first] ?? 0) >= seconds * 1_000) first++
    return Math.max(most, last - first + 1)
  }, 0)
}
