import { createHash, timingSafeEqual } from 'node:crypto'

/** Whether two secrets are the same, by a comparison whose time does not tell how much of them is. */
export function isSameSecret(expected: string, given: string): boolean {
  return timingSafeEqual(digest(expected), digest(given))
}

/** Of one length, as the comparison needs it. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
