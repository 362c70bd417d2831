/** What was so long ago (ms) counts for a third. */
const MEMORY_MS = 100
/** Whatever takes longer (ms) counts as this: the process, or a store, stood still for a moment, and is slow no more. */
const STALL_MS = 50

/** How long one more would wait in a queue, by how fast those before left it while others stood behind them. */
export class Pace {
  #ms = 0
  #left = 0
  #since = 0

  /** So many have left the queue since the last time. One that is empty tells nothing: they left as fast as they came. */
  note(left: number, isEmpty: boolean): void {
    const now = performance.now()
    const ms = Math.min(now - this.#since, STALL_MS)
    const isFirst = this.#since === 0
    this.#since = isEmpty ? 0 : now
    const kept = isEmpty || isFirst ? 0 : Math.exp(-ms / MEMORY_MS)
    this.#ms = kept && this.#ms * kept + ms
    this.#left = kept && this.#left * kept + left
  }

  /** Milliseconds for somebody behind so many; 0 while nothing is known. */
  waitBehind(length: number): number {
    return this.#left > 0 ? (length * this.#ms) / this.#left : 0
  }
}
