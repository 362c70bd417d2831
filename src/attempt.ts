import type { FastifyRequest } from 'fastify'

/** A place in a limit. It is named before it is taken, so that it can be given back even if the reply to `take` was lost. */
export interface Place<Taken extends { wait: number } = { wait: number }> {
  /** Takes the place. `wait` is the number of seconds until one is free; 0: the place was taken. */
  take(): Promise<Taken>
  /** Gives the place back, if it was taken, because the attempt came to nothing. */
  refund(): Promise<unknown>
  /** Gives the place back, and what else its limit forgives, because the attempt was right. If absent, nothing is forgiven. */
  forgive?(): Promise<unknown>
}

interface Terms<Taken extends { wait: number }, Result> {
  places: Place<Taken>[]
  /** Makes the error for an attempt that has to wait (seconds). If absent, `work` decides whether it has to. */
  refuse?(details: { retry_after: number }): Error
  /** Whether the attempt was right, and so is forgiven. If absent, no attempt is forgiven: each one counts. */
  isRight?(result: Result): boolean
}

/** Like `Promise.all`, but rejects only after all have settled, so that nothing is counted after it was given back. */
export async function settled<const Values extends readonly unknown[]>(values: Values) {
  await Promise.allSettled(values)
  return Promise.all(values)
}

/**
 * Does work that is counted before it is done, so that parallel attempts cannot share a place. If the work fails, or its
 * request fails later, it counts as not done or not judged, and its places are given back.
 * @throws what `refuse` makes when the attempt has to wait for a place, and what `work` throws
 */
export async function attempt<Taken extends { wait: number }, Result>(
  request: Pick<FastifyRequest, 'undoOnFailure' | 'log'>,
  { places, refuse, isRight = () => false }: Terms<Taken, Result>,
  work: (...taken: NoInfer<Taken>[]) => Promise<Result>
): Promise<Result> {
  const keep = await request.undoOnFailure(() => Promise.all(places.map((place) => place.refund())))
  const taken = await settled(places.map((place) => place.take()))
  const wait = Math.max(...taken.map((place) => place.wait))
  if (refuse && wait > 0) throw refuse({ retry_after: wait })
  const result = await work(...taken)
  if (!isRight(result)) {
    keep()
    return result
  }
  // Not awaited: forgiving helps the next attempt, not this one.
  Promise.all(places.map((place) => place.forgive?.())).catch((error) =>
    request.log.warn({ err: error }, 'a right attempt was not forgiven')
  )
  return result
}
