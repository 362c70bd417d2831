import { quantile } from '../bench/figures.ts'
import { GAVE_UP, type Outcome } from './drive.ts'

/** The figures of a load. Shares are in percent, times in milliseconds. */
export interface Row {
  call: string
  load: string
  offered: number
  /** Requests a second that were answered with 200 before the load was over; `share` is that as a share of capacity. */
  answered: number
  share: number
  p50: number
  p99: number
  refused: number
  refusedP50: number
  refusedP99: number
  gaveUp: number
  /** Other replies than the ones counted above, e.g. `3 x 429 RATE_LIMITED`. */
  other: string
  /** CPU cores that the server and this program used. */
  serverCpu: number
  loadCpu: number
}

export function rowOf(
  of: Pick<Row, 'call' | 'load' | 'serverCpu' | 'loadCpu'>,
  outcomes: Outcome<unknown>[],
  seconds: number,
  capacity?: number
): Row {
  const good = outcomes.filter(({ status }) => status === 200)
  const refused = outcomes.filter(({ status }) => status === 503)
  const gaveUp = outcomes.filter(({ reply }) => reply === GAVE_UP)
  const answered = good.filter(({ isInTime }) => isInTime).length / seconds
  const percent = (part: number, whole: number) => (whole ? (100 * part) / whole : Number.NaN)
  const times = (of: Outcome<unknown>[]) => of.map((outcome) => outcome.ms)
  return {
    ...of,
    offered: outcomes.length / seconds,
    answered,
    share: percent(answered, capacity ?? answered),
    p50: quantile(times(good)),
    p99: quantile(times(good), 0.99),
    refused: percent(refused.length, outcomes.length),
    refusedP50: quantile(times(refused)),
    refusedP99: quantile(times(refused), 0.99),
    gaveUp: percent(gaveUp.length, outcomes.length),
    other: others(outcomes)
  }
}

function others(outcomes: Outcome<unknown>[]): string {
  const counts = new Map<string, number>()
  for (const { status, reply } of outcomes) {
    if (status === 200 || reply === GAVE_UP) continue
    const [, code = reply.slice(0, 40)] = /"code":"(\w+)"/.exec(reply) ?? []
    const what = `${status} ${code}`
    counts.set(what, (counts.get(what) ?? 0) + 1)
  }
  return [...counts].map(([what, times]) => `${times} x ${what}`).join(', ')
}

const COLUMNS: [string, number, (row: Row) => string][] = [
  ['call', 12, ({ call }) => call],
  ['load', 8, ({ load }) => load],
  ['offered/s', 10, ({ offered }) => shown(offered)],
  ['answered/s', 11, ({ answered }) => shown(answered)],
  ['of cap. %', 10, ({ share }) => shown(share)],
  ['p50 ms', 8, ({ p50 }) => shown(p50)],
  ['p99 ms', 8, ({ p99 }) => shown(p99)],
  ['503 %', 7, ({ refused }) => shown(refused)],
  ['503 p50', 8, ({ refusedP50 }) => shown(refusedP50)],
  ['503 p99', 8, ({ refusedP99 }) => shown(refusedP99)],
  ['gave up %', 10, ({ gaveUp }) => shown(gaveUp)],
  ['CPU server', 11, ({ serverCpu }) => shown(serverCpu)],
  ['CPU load', 9, ({ loadCpu }) => shown(loadCpu)],
  ['other', 0, ({ other }) => `  ${other}`]
]

export const head = COLUMNS.map(([name, width]) => name.padStart(width)).join('')
export const lineOf = (row: Row) => COLUMNS.map(([, width, cell]) => cell(row).padStart(width)).join('')

/** Three digits are enough. */
function shown(value: number): string {
  if (!Number.isFinite(value)) return '-'
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2)
}
