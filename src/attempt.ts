import type { FastifyRequest } from 'fastify'

/** A place in a limit. It has its name before it is taken, so that also one whose reply was lost can be given back. */
export interface Place {
  /** Takes the place. Gives the seconds until there is one; 0: it was taken. */
  take(): Promise<number>
  /** Gives it back, if it was taken: the attempt came to nothing. */
  refund(): Promise<unknown>
  /** Gives it back, with what its limit forgives besides: the attempt was right. */
  forgive(): Promise<unknown>
}

interface Terms<Result> {
  places: Place[]
  /** Makes the error of an attempt that has to wait (seconds). */
  refuse(details: { retry_after: number }): Error
  /** Whether the attempt was right, and is forgiven; without it none is, and each counts. */
  isRight?(result: Result): boolean
}

/**
 * Does work that is counted before it is done, so that parallel attempts cannot share a place. Work that fails was not done,
 * or not judged, and so was one whose request fails later: its places are given back.
 * @throws what `refuse` makes when a place has to be waited for, and what `work` throws
 */
export async function attempt<Result>(
  request: Pick<FastifyRequest, 'undoOnFailure'>,
  { places, refuse, isRight = () => false }: Terms<Result>,
  work: () => Promise<Result>
): Promise<Result> {
  const keep = await request.undoOnFailure(() => Promise.all(places.map((place) => place.refund())))
  const wait = Math.max(...(await Promise.all(places.map((place) => place.take()))))
  if (wait > 0) throw refuse({ retry_after: wait })
  const result = await work()
  if (isRight(result)) await Promise.all(places.map((place) => place.forgive()))
  else keep()
  return result
}
