import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../config/settings.ts'
import { ServiceUnavailable } from '../errors.ts'

/** How long a failed request waits for what it gives back. */
const UNDO_MS = 200

type Undo = () => Promise<unknown>

declare module 'fastify' {
  interface FastifyRequest {
    /** When the request must have been answered, and when the reading of its body began (`performance.now()`). */
    endsAt: number
    bodyAt: number
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
    /** @throws ServiceUnavailable when the request has been answered already */
    stillWaits(): void
  }
}

/**
 * `request.inTime` and `request.undoOnFailure`: every handler has a limit of time, and a request that fails leaves nothing
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
    // Before the reply: its client may try again at once. A store that hangs is not waited for.
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
