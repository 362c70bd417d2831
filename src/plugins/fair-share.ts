import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../config/settings.ts'
import { ServiceUnavailable } from '../errors.ts'
import type { AccessClaims, RefreshClaims } from '../keys/claims.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Counts a request, once, for its session, and waits for its turn among those of its user.
     * @throws RateLimited when the session has made RATE_LIMIT_MAX in a minute, ServiceUnavailable when its turn came too late
     */
    takeShare(
      request: FastifyRequest,
      whose: Pick<AccessClaims | RefreshClaims, 'sid' | 'sub'>
    ): Promise<void>
  }
  interface FastifyRequest {
    /** The user for whom it counts, until it has ended. */
    shareOf: string | undefined
    isBegun: boolean
  }
}

/** The requests of a user that are under way, and what begins those that wait. */
interface Share {
  underWay: number
  waiting: (() => void)[]
}

/**
 * `fastify.takeShare`: a signed-in user has a share of this process, and no more. Where a row is locked each request of its
 * user waits with a connection to PostgreSQL; with all connections, everybody else would wait for them.
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
    // Not when the client is gone: the statement of who has hung up still holds its connection.
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
      // Not onResponse, which a client that hangs up in the middle of its request never gets.
      reply.raw.once('close', () => {
        if (!request.isBegun) giveBack(request)
      })
      next()
    })

    async function turnOf(sub: string): Promise<void> {
      const share = shares.get(sub) ?? { underWay: 0, waiting: [] }
      shares.set(sub, share)
      if (share.underWay < requestsMax) share.underWay += 1
      // Who leaves hands over their place.
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
