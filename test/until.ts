import { setTimeout as wait } from 'node:timers/promises'

const PATIENCE_MS = 20_000

/** Waits until something is so; throws when it takes so long that it never will be. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const giveUp = AbortSignal.timeout(PATIENCE_MS)
  while (!(await isSo())) {
    giveUp.throwIfAborted()
    await wait(5)
  }
}
