import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../config/settings.ts'
import { ServiceUnavailable } from '../errors.ts'
import type { AccessClaims, RefreshClaims } from '../keys/claims.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Counts a request once for its session, then waits for its turn among the requests of the same user.
     * @throws RateLimited when the session exceeds RATE_LIMIT_MAX a minute, ServiceUnavailable when the turn comes too late
     */
    takeShare(
      request: FastifyRequest,
      whose: Pick<AccessClaims | RefreshClaims, 'sid' | 'sub'>
    ): Promise<void>
  }
  interface FastifyRequest {
    /** The id of the user whose share the request takes up, until it has ended. */
    shareOf: string | undefined
    isBegun: boolean
  }
}

/** How many requests of a user are under way, and the callbacks that start the waiting ones. */
interface Share {
  underWay: number
  waiting: (() => void)[]
}

/**
 * `fastify.takeShare`: limits how many requests of one signed-in user this process works on at once. While a user's row is
 * locked, each of the user's requests holds a PostgreSQL connection; if they held all of them, everybody else would wait.
 */
export default fp<Config['user']>(
  async function fairShare(fastify, { requestsMax }) {
    const { refuseFlood } = fastify
    const shares = new Map<string, Share>()
    fastify.decorateRequest('shareOf')
    fastify.decorateRequest('isBegun', false)
    fastify.decorate('takeShare', async (request, { sid, sub }) => {
      if (request.shareOf) return
      await refuseFlood(request, sid)
      await turnOf(sub)
      request.shareOf = sub
      const isGone = request.socket.destroyed && !request.isBegun
      if (request.undo && !isGone) return
      giveBack(request)
      throw ServiceUnavailable()
    })
    // Released when the handler ends, not when the client hangs up: until then a statement may still hold its connection.
    fastify.addHook('onRoute', (route) => {
      const { handler } = route
      route.handler = function (request, reply) {
        const work = handler.call(this, request, reply)
        const end = () => giveBack(request)
        request.isBegun = work instanceof Promise
        if (work instanceof Promise) work.then(end, end)
        return work
      }
    })
    fastify.addHook('onRequest', (request, reply, next) => {
      // Not onResponse, which never runs if a client hangs up in the middle of its request.
      reply.raw.once('close', () => {
        if (!request.isBegun) giveBack(request)
      })
      next()
    })

    async function turnOf(sub: string): Promise<void> {
      const share = shares.get(sub) ?? { underWay: 0, waiting: [] }
      shares.set(sub, share)
      if (share.underWay < requestsMax) share.underWay += 1
      // A request that ends hands its place over, so `underWay` stays the same.
      else await new Promise<void>((resolve) => share.waiting.push(resolve))
    }

    function giveBack(request: FastifyRequest): void {
      const { shareOf = '' } = request
      const share = shares.get(shareOf)
      if (!share) return
      request.shareOf = undefined
      const next = share.waiting.shift()
      if (next) {
        next()
        return
      }
      share.underWay -= 1
      if (share.underWay === 0) shares.delete(shareOf)
    }
  },
  { name: 'fair-share', dependencies: ['rate-limit', 'time-limit'] }
)
