import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../config/settings.ts'
import { ServiceUnavailable } from '../errors.ts'

/** How long a failed request waits for its undo steps, in milliseconds. */
const UNDO_MS = 200

type Undo = () => Promise<unknown>

declare module 'fastify' {
  interface FastifyRequest {
    /** When the request must have been answered, and when reading its body began (`performance.now()`). */
    endsAt: number
    bodyAt: number
    /** Steps to run if the request fails; undefined once it has failed and they have been started. */
    undo: Set<Undo> | undefined
    /** Waits for work, at most until the request's time limit. @throws ServiceUnavailable when it is reached */
    inTime<Result>(work: PromiseLike<Result>): Promise<Result>
    /**
     * Remembers how to give back what this request counts or spends, should it be answered with an error. Returns a function
     * that forgets the step, for when the error is the very thing that was counted.
     * @throws ServiceUnavailable when the request has been answered already: then the step is run at once
     */
    undoOnFailure(step: Undo): Promise<() => void>
    /** @throws ServiceUnavailable when the request has been answered already */
    stillWaits(): void
  }
}

/**
 * `request.inTime` and `request.undoOnFailure`: every handler has a time limit, and a request that fails leaves nothing
 * counted or spent. Not Fastify's `handlerTimeout`, which ends once a body was read (fastify/fastify#6725).
 */
export default fp<Pick<Config['server'], 'handlerTimeoutMs'>>(
  async function timeLimit(fastify, { handlerTimeoutMs }) {
    fastify.decorateRequest('endsAt', 0)
    fastify.decorateRequest('bodyAt', 0)
    fastify.decorateRequest('undo')
    fastify.decorateRequest('inTime', inTime)
    fastify.decorateRequest('undoOnFailure', undoOnFailure)
    fastify.decorateRequest('stillWaits', function (this: FastifyRequest) {
      if (!this.undo) throw ServiceUnavailable()
    })
    fastify.addHook('onRequest', (request, _reply, next) => {
      request.endsAt = performance.now() + handlerTimeoutMs
      request.undo = new Set()
      next()
    })
    fastify.addHook('preParsing', (request, _reply, body, next) => {
      request.bodyAt = performance.now()
      next(null, body)
    })
    fastify.addHook('preValidation', (request, _reply, next) => {
      request.endsAt += performance.now() - request.bodyAt
      next()
    })
    fastify.addHook('onRoute', (route) => {
      const { handler } = route
      route.handler = function (request, reply) {
        const work = handler.call(this, request, reply)
        return work instanceof Promise ? request.inTime(work) : work
      }
    })
    // Before the reply, because the client may retry at once. A store that hangs is not waited for.
    fastify.addHook('onError', async (request) => {
      const steps = [...(request.undo ?? [])]
      request.undo = undefined
      const givenBack = Promise.all(steps.map((step) => giveBack(request, step)))
      await Promise.race([givenBack, wait(UNDO_MS, undefined, { ref: false })])
    })
  },
  { name: 'time-limit' }
)

async function inTime<Result>(this: FastifyRequest, work: PromiseLike<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<never>((_, reject) => {
    const refuse = () => reject(ServiceUnavailable(undefined, new Error('no answer in time')))
    timer = setTimeout(refuse, this.endsAt - performance.now())
  })
  try {
    return await Promise.race([work, over])
  } finally {
    clearTimeout(timer)
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
