import { setTimeout as wait } from 'node:timers/promises'

/**
 * Gives up on work after a time (ms). The signal tells the work to stop; work that ignores it is left to itself.
 * @throws what the work throws, or a DeadlineExceeded
 */
export async function within<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const done = new AbortController()
  const expiry = wait(ms, undefined, { signal: done.signal }).then(() => {
    throw new DeadlineExceeded(ms)
  })
  try {
    return await Promise.race([work(AbortSignal.timeout(ms)), expiry])
  } finally {
    done.abort()
    expiry.catch(() => {})
  }
}

export class DeadlineExceeded extends Error {
  override name = 'DeadlineExceeded'
  constructor(ms: number) {
    super(`no answer within ${ms} ms`)
  }
}
