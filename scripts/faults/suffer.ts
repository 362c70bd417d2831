import { setTimeout as wait } from 'node:timers/promises'
import type { Fault } from './cases.ts'
import { startCrowd } from './citizens.ts'
import type { Rig } from './rig.ts'

export interface Row {
  fault: string
  requests: number
  ok: number
  unavailable: number
  /** Nobody listened. */
  refused: number
  /** The connection was cut. */
  unanswered: number
  /** Time of the slowest answer (ms). */
  slowest: number
  /** From the end of the fault to the last 503 or unanswered request (ms). */
  healed: number
  hardships: string
  broken: string[]
}

const CITIZENS = 20
const BEFORE_MS = 500
const DURING_MS = 3_500
const AFTER_MS = 2_500
const HEALED_MS = 2_000

/** Lets a crowd of citizens live through a fault, and checks afterwards that every promise made to them holds. */
export async function suffer(rig: Rig, fault: Fault): Promise<Row> {
  const { services, gateway } = rig
  const crowd = startCrowd(
    services.map(({ url }) => url),
    gateway.codeOf,
    CITIZENS
  )
  await wait(BEFORE_MS)
  const began = performance.now()
  await fault.begin(rig)
  await wait(DURING_MS)
  await fault.end(rig)
  const ended = performance.now()
  await wait(AFTER_MS)
  await crowd.finish()
  await crowd.settle()

  const during = crowd.replies.filter(({ at }) => at >= began)
  const bad = during.filter(({ status }) => status === 503 || status === 0)
  const count = (status: number) => during.filter((reply) => reply.status === status).length
  const healed = Math.max(0, ...bad.map(({ at }) => at - ended))
  const broken = [...crowd.wrongs].map(([wrong, times]) => `${wrong}: ${times}`)
  const refused = during.filter(({ isRefused }) => isRefused).length
  const lost = count(0) - refused
  if (lost > 0 && !fault.signal) broken.push(`unanswered: ${lost}`)
  if (refused > 0 && !fault.signal) broken.push(`nobody listened: ${refused}`)
  if (healed > HEALED_MS) broken.push('healed late')
  if (crowd.signIns() < CITIZENS) broken.push('nobody signed in')
  return {
    fault: fault.name,
    requests: during.length,
    ok: count(200),
    unavailable: count(503),
    refused,
    unanswered: lost,
    slowest: Math.max(...during.map(({ ms }) => ms)),
    healed,
    hardships: [...crowd.hardships].map(([what, times]) => `${what}: ${times}`).join(', '),
    broken
  }
}

/** The rows as a Markdown table. */
export function table(rows: Row[]): string {
  const head = [
    'fault',
    'requests',
    '200',
    '503',
    'refused',
    'no answer',
    'slowest ms',
    'last failure after its end, ms',
    'honest refusals',
    'broken'
  ]
  const lines = rows.map((row) => [
    row.fault,
    ...[row.requests, row.ok, row.unavailable, row.refused, row.unanswered, row.slowest, row.healed].map(
      (n) => String(Math.round(n))
    ),
    row.hardships || '-',
    row.broken.join(', ') || '-'
  ])
  return [head, head.map(() => '-'), ...lines].map((cells) => `| ${cells.join(' | ')} |\n`).join('')
}
