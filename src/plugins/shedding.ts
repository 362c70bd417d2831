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
      /** Requests that are waiting for their turn. */
      readonly waiting: number
    }
  }
}

interface Waiting {
  request: IncomingMessage
  response: ServerResponse
  /** When the request came (`performance.now()`). */
  since: number
}

/** How long one turn of the event loop may keep starting requests (ms); the rest is for those under way and their stores. */
const TURN_MS = 2
/** Monitoring must reach us, and other services need our keys most when we are busy. Parallel health checks share a statement. */
const NEVER_REFUSED = new Set(
  ['/health/live', '/health/ready', '/health/serving', '/.well-known/jwks.json'].flatMap((path) => [
    path,
    `${path}/`
  ])
)
/** How often a queue that waits for PostgreSQL checks whether there is room, in milliseconds. */
const LOOK_MS = 1

/**
 * Requests wait in one queue for their turn of the event loop, and while statements wait for a PostgreSQL connection. One
 * that would wait longer than SHED_WAIT_MS is refused at once, before any work is done for it, so that the others are
 * answered in time. Requests that wait for a gateway hold no place. Health checks and our public keys are never refused.
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
      if (NEVER_REFUSED.has(request.url?.split('?', 1)[0] ?? '')) return routing(request, response)
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
      // If a store stalled, the expected wait was wrong: requests that have waited twice as long as allowed are refused.
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
          // Most of what a request does before it waits for a store is in promises: the next one starts after they have run.
          queueMicrotask(() => process.nextTick(next))
          return
        }
        pace.note(begun, waiting.size === 0)
        if (waiting.size === 0) return
        if (hasRoom()) setImmediate(begin)
        else setTimeout(begin, LOOK_MS)
      }
    }

    /** A request that is started and then waits for PostgreSQL has cost half an answer already: it had better wait here. */
    function hasRoom(): boolean {
      return dbQueue.waiting < dbQueue.places
    }
  },
  { name: 'shedding', dependencies: ['db'] }
)
