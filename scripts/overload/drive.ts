import { interruption } from '../bench/interruption.ts'
import { Line } from './line.ts'

/** One request that was made. */
export interface Outcome<Caller> {
  caller: Caller
  /** 0 when no reply came, or not within GIVE_UP_MS. */
  status: number
  reply: string
  /** Time since the request was due, wherever it waited (ms). */
  ms: number
  /** Whether it ended before the load was over. */
  isInTime: boolean
}

export interface Load<Caller> {
  port: number
  seconds: number
  /** Requests a second, regardless of earlier ones; if unset, the next one is made when one was answered. */
  rate?: number
  /** Open connections, as a balancer keeps them. A request that finds none free waits for one. */
  connections: number
  next(): { caller: Caller; request: string }
}

/** When a request is given up (ms): longer than people wait. */
export const GIVE_UP_MS = 10_000
export const GAVE_UP = 'gave up'
const LOOK_MS = 50

interface Job<Caller> {
  due: number
  caller: Caller
  request: string
  line?: Line | undefined
}

/** More connection attempts at a time would overflow the server's backlog, and be retried only after a second or more. */
const CONNECT_AT_ONCE = 100

/** Makes requests for some seconds, and waits for their outcomes. */
export async function drive<Caller>({ port, seconds, rate, connections, next }: Load<Caller>) {
  const outcomes: Outcome<Caller>[] = []
  const [idle, waiting, underWay]: [Line[], Job<Caller>[], Set<Job<Caller>>] = [[], [], new Set()]
  while (idle.length < connections) {
    const more = Math.min(CONNECT_AT_ONCE, connections - idle.length)
    idle.push(...(await Promise.all(Array.from({ length: more }, () => new Line(port).connected()))))
  }
  const start = performance.now()
  const end = start + seconds * 1_000
  let [made, lines] = [0, idle.length]

  const finish = (job: Job<Caller>, status: number, reply: string) => {
    const now = performance.now()
    underWay.delete(job)
    outcomes.push({ caller: job.caller, status, reply, ms: now - job.due, isInTime: now <= end })
    if (job.line?.isOpen) idle.push(job.line)
    else lines -= job.line ? 1 : 0
    const following = waiting.shift()
    if (following) begin(following)
    else if (rate === undefined && now < end) make(now)
  }
  const begin = (job: Job<Caller>) => {
    while (!job.line?.isOpen && idle.length > 0) {
      job.line = idle.pop()
      if (!job.line?.isOpen) lines -= 1
    }
    if (!job.line?.isOpen && lines >= connections) return void waiting.push(job)
    if (!job.line?.isOpen) {
      job.line = new Line(port)
      lines += 1
    }
    underWay.add(job)
    job.line.ask(job.request, (status, reply) => finish(job, status, reply))
  }
  const make = (due: number) => {
    made += 1
    begin({ due, ...next() })
  }
  const giveUp = () => {
    const late = performance.now() - GIVE_UP_MS
    for (const job of [...underWay].filter(({ due }) => due < late)) {
      job.line?.close()
      finish(job, 0, GAVE_UP)
    }
    while (waiting[0] && waiting[0].due < late) {
      const [job] = waiting.splice(0, 1)
      if (job)
        outcomes.push({ caller: job.caller, status: 0, reply: GAVE_UP, ms: GIVE_UP_MS, isInTime: false })
    }
  }

  for (let line = 0; rate === undefined && line < connections; line++) make(start)
  await new Promise<void>((resolve) => {
    let look = start
    const tick = () => {
      const now = performance.now()
      const due = rate === undefined ? 0 : (Math.min(now, end) - start) * (rate / 1_000)
      while (rate !== undefined && made < due) make(start + (made * 1_000) / rate)
      if (now > look + LOOK_MS) {
        giveUp()
        look = now
      }
      const isOver = now >= end && underWay.size === 0 && waiting.length === 0
      if (isOver || interruption.aborted) resolve()
      else setTimeout(tick, 1)
    }
    tick()
  })
  for (const line of [...idle, ...[...underWay].map(({ line }) => line)]) line?.close()
  interruption.throwIfAborted()
  return outcomes
}
