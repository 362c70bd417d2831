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

/** For so long requests are begun in one turn of the event loop (ms); then those under way, and their stores, have theirs. */
const TURN_MS = 2
/** How often a queue that waits for PostgreSQL looks whether there is room (ms). */
const LOOK_MS = 1

/**
 * Requests wait in one queue for their turn of the event loop. One that would wait there and for PostgreSQL longer than
 * SHED_WAIT_MS is refused at once, before anything is done for it: what can be answered is answered in time. Requests that
 * wait for a gateway cost nothing, and hinder nobody. Who asks about our health is never refused.
 */
export default fp<Config['shedding']>(
  async function shedding(fastify, { waitMs }) {
    const { dbQueue, routing, server } = fastify
    const waiting = new Set<[IncomingMessage, ServerResponse]>()
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
      if (request.url?.startsWith('/health/')) return routing(request, response)
      if (pace.waitBehind(waiting.size) > waitMs) {
        refused += 1
        response.shouldKeepAlive &&= server.listening
        return refuse(request, response)
      }
      if (waiting.size === 0) setImmediate(begin)
      waiting.add([request, response])
    })

    function begin(): void {
      const end = performance.now() + TURN_MS
      let begun = 0
      next()

      function next(): void {
        const [request] = waiting
        if (request && performance.now() < end && hasRoom()) {
          waiting.delete(request)
          begun += 1
          routing(...request)
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
