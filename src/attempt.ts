import type { FastifyRequest } from 'fastify'

/** A place in a limit. It has its name before it is taken, so that also one whose reply was lost can be given back. */
export interface Place<Taken extends { wait: number } = { wait: number }> {
  /** Takes the place. `wait` is the seconds until there is one; 0: it was taken. */
  take(): Promise<Taken>
  /** Gives it back, if it was taken: the attempt came to nothing. */
  refund(): Promise<unknown>
  /** Gives it back, with what its limit forgives besides: the attempt was right. Without it nothing is forgiven. */
  forgive?(): Promise<unknown>
}

interface Terms<Taken extends { wait: number }, Result> {
  places: Place<Taken>[]
  /** Makes the error of an attempt that has to wait (seconds); without it, `work` decides who waits. */
  refuse?(details: { retry_after: number }): Error
  /** Whether the attempt was right, and is forgiven; without it none is, and each counts. */
  isRight?(result: Result): boolean
}

/** Like `Promise.all`, but all have ended before one of them fails: nothing is counted after it was given back. */
export async function settled<const Values extends readonly unknown[]>(values: Values) {
  await Promise.allSettled(values)
  return Promise.all(values)
}

/**
 * Does work that is counted before it is done, so that parallel attempts cannot share a place. Work that fails was not done,
 * or not judged, and so was one whose request fails later: its places are given back.
 * @throws what `refuse` makes when a place has to be waited for, and what `work` throws
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
  // Not awaited: it makes the next attempt easier, not this one.
  Promise.all(places.map((place) => place.forgive?.())).catch((error) =>
    request.log.warn({ err: error }, 'a right attempt was not forgiven')
  )
  return result
}
