/** Time constant of the moving average (ms): what is this old counts for a third. */
const MEMORY_MS = 500
/** Longer intervals count as this (ms): the process or a store stalled for a moment, and is no longer slow. */
const STALL_MS = 50
/** A queue that has not lasted this long (ms) is a short burst that will soon be gone. */
const STANDING_MS = 50

/** Estimates how long one more would wait in a queue, by how fast others left it while it was not empty. */
export class Pace {
  #ms = 0
  #left = 0
  #from = 0
  #since = 0

  /** Records how many left the queue since the last call. An empty queue tells nothing: they left as fast as they came. */
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

  /** How long one more would wait behind `length` others, in milliseconds; 0 while nothing is known. */
  waitBehind(length: number): number {
    const isStanding = this.#since - this.#from >= STANDING_MS
    return isStanding && this.#left > 0 ? (length * this.#ms) / this.#left : 0
  }
}
