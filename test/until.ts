import { setTimeout as wait } from 'node:timers/promises'

const PATIENCE_SECONDS = 20

/** Waits until a condition holds; throws when it takes so long that it never will. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE_SECONDS * 1_000
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`it did not become so in ${PATIENCE_SECONDS} seconds`)
    await wait(5)
  }
}
