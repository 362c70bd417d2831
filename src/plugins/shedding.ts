import type { IncomingMessage, ServerResponse } from 'node:http'
import fp from 'fastify-plugin'
import type { Config } from '../config/settings.ts'
import { Pace } from '../load/pace.ts'
import { createRefusal } from '../load/refusal.ts'

declare module 'fastify' {
  interface FastifyInstance {
    shedding: {
      /** Requests refused since the start. */
      readonly refused: number
      /** Requests that wait for their turn. */
      readonly waiting: number
    }
  }
}

interface Waiting {
  request: IncomingMessage
  response: ServerResponse
  /** On the clock of `performance.now`. */
  since: number
}

/** For so long requests are begun in one turn of the event loop (ms); then those under way, and their stores, have theirs. */
const TURN_MS = 2
/** Who watches us must see us, and other services need our keys most when we are busy; neither costs a statement. */
const NEVER_REFUSED = new Set(
  ['/health/live', '/health/ready', '/health/serving', '/.well-known/jwks.json'].flatMap((path) => [
    path,
    `${path}/`
  ])
)
/** How often a queue that waits for PostgreSQL looks whether there is room (ms). */
const LOOK_MS = 1

/**
 * Requests wait in one queue for their turn of the event loop, and while statements wait for a connection to PostgreSQL. One
 * that would wait longer than SHED_WAIT_MS is refused at once, before anything is done for it: what can be answered is answered
 * in time. Requests that wait for a gateway hold no place. Calls for our health and our public keys are never refused.
 */
export default fp<Config['shedding']>(
  async function shedding(fastify, { waitMs }) {
    const { dbQueue, routing, server } = fastify
    const waiting = new Set<Waiting>()
    const pace = new Pace()
    const refuse = createRefusal()
    let refused = 0
    fastify.decorate('shedding', {
      get refused() {
        return refused
      },
      get waiting() {
        return waiting.size
      }
    })

    server.off('request', routing)
    server.on('request', (request, response) => {
      if (NEVER_REFUSED.has(request.url ?? '')) return routing(request, response)
      if (pace.waitBehind(waiting.size) > waitMs) return turnAway(request, response)
      if (waiting.size === 0) setImmediate(begin)
      waiting.add({ request, response, since: performance.now() })
    })

    function turnAway(request: IncomingMessage, response: ServerResponse): void {
      refused += 1
      response.shouldKeepAlive &&= server.listening
      refuse(request, response)
    }

    function begin(): void {
      const now = performance.now()
      const end = now + TURN_MS
      // A store that stood still made a guess of the wait wrong.
      for (const one of waiting) {
        if (one.since > now - 2 * waitMs) break
        waiting.delete(one)
        turnAway(one.request, one.response)
      }
      let begun = 0
      next()

      function next(): void {
        const [first] = waiting
        if (first && performance.now() < end && hasRoom()) {
          waiting.delete(first)
          begun += 1
          routing(first.request, first.response)
          // Most of what a request does before it waits for a store is in promises: the next one comes after them.
          queueMicrotask(() => process.nextTick(next))
          return
        }
        pace.note(begun, waiting.size === 0)
        if (waiting.size === 0) return
        if (hasRoom()) setImmediate(begin)
        else setTimeout(begin, LOOK_MS)
      }
    }

    /** What is begun and then waits for PostgreSQL has cost half of an answer: it waits better here. */
    function hasRoom(): boolean {
      return dbQueue.waiting < dbQueue.places
    }
  },
  { name: 'shedding', dependencies: ['db'] }
)
