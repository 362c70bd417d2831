/** The figures of one round, by column name. */
export type Figures = Record<string, number>

/** One column of both contenders: medians of their rounds and of the ratios of these, and the extremes of the ratios. */
type Compared = Record<'base' | 'present' | 'ratio' | 'least' | 'most', number>

/** Compares round by round, so that a moment in which the machine was busy affects both. */
export function compare(base: Figures[] = [], present: Figures[] = []): Record<string, Compared> {
  const columns = Object.keys(present[0] ?? {}).map((column): [string, Compared] => {
    const [before, now] = [base, present].map((rounds) =>
      rounds.map((figures) => figures[column] ?? Number.NaN)
    )
    const ratios = now?.map((value, round) => value / (before?.[round] ?? Number.NaN)) ?? []
    const extremes = { least: Math.min(...ratios), most: Math.max(...ratios) }
    return [column, { base: quantile(before), present: quantile(now), ratio: quantile(ratios), ...extremes }]
  })
  return Object.fromEntries(columns)
}

/** A header with the column names, and three lines for each comparison. */
export function table(
  names: { base: string; present: string },
  all: Record<string, ReturnType<typeof compare>>
) {
  const line = (what: string, who: string, cells: string[], end = '') =>
    `${what.padEnd(24)}${who.padEnd(14)}${cells.map((cell) => cell.padStart(11)).join('')}${end}\n`
  const head = line('', '', Object.keys(Object.values(all)[0] ?? {}))
  return Object.entries(all).reduce((text, [what, columns]) => {
    const values = (of: keyof Compared) => Object.values(columns).map((column) => shown(column[of]))
    const span = `   ${values('least')[0]} to ${values('most')[0]}`
    const lines = line(what, names.base, values('base')) + line('', names.present, values('present'))
    return text + lines + line('', 'ratio', values('ratio'), span)
  }, head)
}

/** Three digits are enough; a value that is not finite, as a ratio to nothing, is shown as `-`. */
function shown(value: number): string {
  if (!Number.isFinite(value)) return '-'
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2)
}

/** The quantile of the values at this share; of two values in the middle, the median is the upper one. */
export function quantile(values: number[] = [], share = 0.5): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN
}
