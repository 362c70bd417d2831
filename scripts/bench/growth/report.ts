import { compare } from '../figures.ts'
import type { Contestant } from './contestant.ts'
import type { Size } from './fill.ts'
import type { Plan } from './plans.ts'

/** The factor by which `p50 ms` may grow before a query is no longer flat. */
const FLAT = 1.1
const COLUMNS = ['p50 ms', 'p99 ms', 'per second', 'CPU ms', 'WAL bytes']

const line = (what: string, cells: string[]) =>
  `${what.padEnd(22)}${cells.map((cell) => cell.padStart(11)).join('')}\n`
const short = (value: number) => (Number.isFinite(value) ? value.toPrecision(3).replace(/e\+3$/, '000') : '-')
const shown = (value: number) => (value >= 1_000 ? value.toFixed(0) : short(value))

/** A line for each query and size, in order of size, with its cost relative to the smallest size. */
export function growthTable(contestants: Contestant[]): string {
  const [smallest, ...larger] = contestants
  if (!smallest) return ''
  const head = line('', ['users', ...COLUMNS, 'p50 ratio'])
  return [...smallest.rounds].reduce((text, [name, base]) => {
    const own = compare(base, base)
    const first = line(name, [String(smallest.users), ...cellsOf(own, 'base')])
    const rest = larger.map(({ users, rounds }) => {
      const compared = compare(base, rounds.get(name))
      const ratio = compared['p50 ms']?.ratio ?? Number.NaN
      return line('', [
        String(users),
        ...cellsOf(compared, 'present'),
        `${ratio.toFixed(2)}${ratio > FLAT ? ' !' : '  '}`
      ])
    })
    return text + first + rest.join('')
  }, head)
}

/** The queries whose p50 is more than ten percent above that at the smallest size. */
export function notFlat(contestants: Contestant[]): string[] {
  const [smallest, ...larger] = contestants
  return [...(smallest?.rounds ?? [])].flatMap(([name, base]) =>
    larger.flatMap(({ users, rounds }) => {
      const ratio = compare(base, rounds.get(name))['p50 ms']?.ratio ?? 0
      return ratio > FLAT ? [`${name} at ${users}`] : []
    })
  )
}

/** The distinct plans of each query, with the sizes that use them and the pages that they touch. */
export function planTable(plans: Map<string, Map<number, Plan[]>>): string {
  return [...plans].reduce((text, [name, bySize]) => {
    const pagesBy = new Map<string, string[]>()
    for (const [users, statements] of bySize) {
      const shape = statements.map(({ shape }) => shape || '-').join(' | ')
      const pages = statements.reduce((sum, { pages }) => sum + pages, 0)
      pagesBy.set(shape, [...(pagesBy.get(shape) ?? []), `${users}: ${pages}`])
    }
    const lines = [...pagesBy].map(([shape, pages]) => `  ${shape}\n    pages at ${pages.join(', ')}\n`)
    return `${text}${name}${pagesBy.size > 1 ? ': NOT THE SAME PLAN' : ''}\n${lines.join('')}`
  }, '')
}

export function sizeTable(sizes: Size[]): string {
  const head = line('bytes of a row', ['in table', 'in indexes'])
  return head + sizes.map(({ table, row, indexes }) => line(table, [shown(row), shown(indexes)])).join('')
}

function cellsOf(compared: ReturnType<typeof compare>, of: 'base' | 'present'): string[] {
  return COLUMNS.map((column) => shown(compared[column]?.[of] ?? Number.NaN))
}
