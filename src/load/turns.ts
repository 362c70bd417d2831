import { Pace } from './pace.ts'

export interface TurnsOptions {
  /** How many pieces of work may run at the same time. */
  places: number
  /** How many may wait for a place; one more is refused at once. */
  max: number
  /** The longest wait for a place, in milliseconds; work that would likely wait longer is refused at once. */
  timeoutMs: number
  /** Makes the error for work that is refused. */
  busy(why: string): Error
}

/** Refuses above this share of `timeoutMs`: waits are estimates, and waiting in vain is worse than being refused at once. */
const LIKELY = 0.7

/** The state of a queue for places. */
export interface Queue {
  /** How many pieces of work may run at once. */
  readonly places: number
  /** How many pieces of work are running. */
  readonly running: number
  readonly waiting: number
  /** How many were refused, or waited too long, since the start. */
  readonly refused: number
  /** How long one more would wait, in milliseconds. */
  readonly waitMs: number
  /** Whether one more would be refused. */
  readonly isFull: boolean
}

export type Turns = Queue & { run: Runner }

/** Runs a piece of work as soon as it has a place. */
export type Runner = <Result>(work: () => PromiseLike<Result>) => Promise<Result>

/** Runs at most `places` pieces of work at a time, first come, first served. `run` throws what `busy` makes. */
export function createTurns({ places, max, timeoutMs, busy }: TurnsOptions): Turns {
  const pace = new Pace()
  const waiting = new Set<() => void>()
  let free = places
  let refused = 0
  const turns: Turns = {
    places,
    get refused() {
      return refused
    },
    get running() {
      return places - free
    },
    get waiting() {
      return waiting.size
    },
    get waitMs() {
      return pace.waitBehind(waiting.size)
    },
    get isFull() {
      return free === 0 && (waiting.size >= max || turns.waitMs > LIKELY * timeoutMs)
    },
    async run(work) {
      if (turns.isFull) throw refusal(`${waiting.size} wait already`)
      if (free > 0) free -= 1
      else await turn()
      try {
        return await work()
      } finally {
        next()
      }
    }
  }
  return turns

  function refusal(why: string): Error {
    refused += 1
    return busy(why)
  }

  function turn(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(start)
        reject(refusal(`no place became free within ${timeoutMs} ms`))
      }, timeoutMs)
      const start = () => {
        clearTimeout(timer)
        resolve()
      }
      waiting.add(start)
    })
  }

  function next(): void {
    const [start] = waiting
    if (!start) {
      free += 1
      return
    }
    waiting.delete(start)
    pace.note(1, waiting.size === 0)
    start()
  }
}
