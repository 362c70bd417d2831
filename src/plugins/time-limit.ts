import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { ServiceUnavailable } from '../errors.ts'

export interface TimeLimitOptions {
  /** A request that takes longer is answered 503; reading its body does not count (ms). */
  limitMs: number
}

type Undo = () => Promise<unknown>

declare module 'fastify' {
  interface FastifyRequest {
    /** What is left of the limit (ms), and the moment at which that ends while work is under way (`performance.now()`). */
    timeLeftMs: number
    endsAt: number
    /** Steps to take when the request fails; undefined when it has failed, and they were taken. */
    undo: Set<Undo> | undefined
    /** Waits for work as long as the request may still take. @throws ServiceUnavailable */
    inTime<Result>(work: PromiseLike<Result>): Promise<Result>
    /**
     * Remembers how to give back what this request has just counted or spent, should it be answered with an error. Gives a
     * function that forgets it: the error is the very thing that was counted.
     * @throws ServiceUnavailable when it has been answered already: then it is given back at once
     */
    undoOnFailure(step: Undo): Promise<() => void>
  }
}

/**
 * `request.inTime` and `request.undoOnFailure`: every handler has a limit of time, and a request that fails leaves nothing
 * counted or spent. Not Fastify's `handlerTimeout`, which ends once a body was read (fastify/fastify#6725).
 */
export default fp<TimeLimitOptions>(
  async function timeLimit(fastify, { limitMs }) {
    fastify.decorateRequest('timeLeftMs', limitMs)
    fastify.decorateRequest('endsAt', 0)
    fastify.decorateRequest('undo')
    fastify.decorateRequest('inTime', inTime)
    fastify.decorateRequest('undoOnFailure', undoOnFailure)
    fastify.addHook('onRequest', async (request) => {
      request.undo = new Set()
    })
    fastify.addHook('onRoute', (route) => {
      const { handler } = route
      route.handler = function (request, reply) {
        const work = handler.call(this, request, reply)
        return work instanceof Promise ? request.inTime(work) : work
      }
    })
    // Before the reply: its client may try again at once.
    fastify.addHook('onError', async (request) => {
      const steps = [...(request.undo ?? [])]
      request.undo = undefined
      await Promise.all(steps.map((step) => giveBack(request, step)))
    })
  },
  { name: 'time-limit' }
)

async function inTime<Result>(this: FastifyRequest, work: PromiseLike<Result>): Promise<Result> {
  const startedAt = performance.now()
  const limitMs = this.timeLeftMs
  this.endsAt = startedAt + limitMs
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<never>((_, reject) => {
    const late = () =>
      reject(ServiceUnavailable(undefined, new Error(`no answer in time (${limitMs} ms were left)`)))
    timer = setTimeout(late, limitMs)
  })
  try {
    return await Promise.race([work, over])
  } finally {
    clearTimeout(timer)
    this.timeLeftMs -= performance.now() - startedAt
  }
}

async function undoOnFailure(this: FastifyRequest, step: Undo): Promise<() => void> {
  const { undo } = this
  if (!undo) {
    await giveBack(this, step)
    throw ServiceUnavailable()
  }
  undo.add(step)
  return () => {
    undo.delete(step)
  }
}

async function giveBack({ log }: FastifyRequest, step: Undo): Promise<void> {
  await step().catch((error) => {
    log.warn({ err: error }, 'what a failed request had counted was not given back')
  })
}
