import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../config/settings.ts'
import { RateLimited } from '../errors.ts'
import type { AccessClaims, RefreshClaims } from '../keys/claims.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Counts a request, once, for its session and for its user. @throws RateLimited when the session has made RATE_LIMIT_MAX
     * in a minute, or the user has USER_REQUESTS_MAX under way
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

/**
 * `fastify.takeShare`: a signed-in user has a share of this process, and no more. Where a row is locked each request of its
 * user waits with a connection to PostgreSQL; with all connections, everybody else would wait for them.
 */
export default fp<Config['user']>(
  async function fairShare(fastify, { requestsMax }) {
    const { refuseFlood } = fastify
    /** The requests under way of each user. */
    const underWay = new Map<string, number>()
    fastify.decorateRequest('shareOf')
    fastify.decorateRequest('isBegun', false)
    fastify.decorate('takeShare', async (request, { sid, sub }) => {
      if (request.shareOf) return
      await refuseFlood(request, sid)
      const others = underWay.get(sub) ?? 0
      if (others >= requestsMax) throw RateLimited({ retry_after: 1 })
      underWay.set(sub, others + 1)
      request.shareOf = sub
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
    fastify.addHook('onResponse', async (request) => {
      if (!request.isBegun) giveBack(request)
    })

    function giveBack(request: FastifyRequest): void {
      const { shareOf } = request
      if (!shareOf) return
      request.shareOf = undefined
      const others = (underWay.get(shareOf) ?? 0) - 1
      if (others > 0) underWay.set(shareOf, others)
      else underWay.delete(shareOf)
    }
  },
  { name: 'fair-share', dependencies: ['rate-limit'] }
)
