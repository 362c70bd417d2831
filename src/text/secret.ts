import { createHash, timingSafeEqual } from 'node:crypto'

/** Whether two secrets are equal. The time of the comparison does not reveal how much of them is. */
export function isSameSecret(expected: string, given: string): boolean {
  return timingSafeEqual(digest(expected), digest(given))
}

/** Makes both the same length, which the comparison requires. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
