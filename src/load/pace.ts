/** What was so long ago (ms) counts for a third. */
const MEMORY_MS = 500
/** Whatever takes longer (ms) counts as this: the process, or a store, stood still for a moment, and is slow no more. */
const STALL_MS = 50
/** A queue that has not stood for so long (ms) is what a moment brought, and will be gone in the next. */
const STANDING_MS = 50

/** How long one more would wait in a queue, by how fast those before left it while others stood behind them. */
export class Pace {
  #ms = 0
  #left = 0
  #from = 0
  #since = 0

  /** So many have left the queue since the last time. One that is empty tells nothing: they left as fast as they came. */
  note(left: number, isEmpty: boolean): void {
    const now = performance.now()
    const isFirst = this.#since === 0
    const ms = Math.min(now - this.#since, STALL_MS)
    this.#since = isEmpty ? 0 : now
    if (isFirst || isEmpty) {
      this.#from = now
      this.#ms = 0
      this.#left = 0
      return
    }
    const kept = Math.exp(-ms / MEMORY_MS)
    this.#ms = this.#ms * kept + ms
    this.#left = this.#left * kept + left
  }

  /** Milliseconds for somebody behind so many; 0 while nothing is known. */
  waitBehind(length: number): number {
    const isStanding = this.#since - this.#from >= STANDING_MS
    return isStanding && this.#left > 0 ? (length * this.#ms) / this.#left : 0
  }
}
