import { Pace } from './pace.ts'

export interface TurnsOptions {
  /** Pieces of work under way at the same time. */
  places: number
  /** Those that may wait for a place; one more is refused at once. */
  max: number
  /** The longest wait for a place (ms); one that would likely be longer is refused at once. */
  timeoutMs: number
  /** Makes the error of what is refused. */
  busy(why: string): Error
}

/** How long a wait will be is a guess, and who waits in vain has lost more than who is refused at once: the rest is for its error. */
const LIKELY = 0.7

/** What waits for a place. */
export interface Queue {
  /** Pieces of work that may be under way. */
  readonly places: number
  /** Pieces of work under way. */
  readonly running: number
  readonly waiting: number
  /** Those that were refused, or waited too long, since the start. */
  readonly refused: number
  /** How long one more would wait (ms). */
  readonly waitMs: number
  /** Whether one more would be refused. */
  readonly isFull: boolean
}

export type Turns = Queue & { run: Runner }

/** Runs a piece of work when its time has come. */
export type Runner = <Result>(work: () => PromiseLike<Result>) => Promise<Result>

/** Runs at most `places` pieces of work at a time, in the order in which they came. Running throws what `busy` makes. */
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
