/**
 * Gives up on work after a time (ms). The signal tells the work to stop; work that ignores it is left to itself.
 * @throws what the work throws, or a DeadlineExceeded
 */
export async function within<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const expiry = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new DeadlineExceeded(ms)
      controller.abort(error)
      reject(error)
    }, ms)
  })
  try {
    return await Promise.race([work(controller.signal), expiry])
  } finally {
    clearTimeout(timer)
  }
}

export class DeadlineExceeded extends Error {
  override name = 'DeadlineExceeded'
  constructor(ms: number) {
    super(`no answer within ${ms} ms`)
  }
}
