import type { FastifyReply, FastifyRequest, HTTPMethods } from 'fastify'
import fp from 'fastify-plugin'
import { MethodNotAllowed, NotFound } from '../errors.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Makes every other method at the addresses known so far a 405. */
    refuseOtherMethods(): void
  }
  interface FastifyContextConfig {
    /** The methods that this address takes, where the route is for the others. */
    allow?: string
  }
}

/** Those that Fastify routes without being told to; any other is a 404. */
const METHODS: HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']

/** `fastify.refuseOtherMethods`: a 405 with `Allow` (RFC 9110, 15.5.6) where the address is right and the method is not. */
export default fp(
  async function methods(fastify) {
    const known = new Map<string, Set<string>>()
    fastify.addHook('onRoute', ({ method, url }) => {
      known.set(url, new Set([...(known.get(url) ?? []), ...[method].flat()]))
    })
    // Not in the handler: CORS answers every OPTIONS before it, and a body would be read.
    fastify.addHook('onRequest', async (request, reply) => {
      if (!isPreflight(request)) refuse(request, reply)
    })
    fastify.decorate('refuseOtherMethods', () => {
      for (const [url, taken] of known) {
        const method = METHODS.filter((method) => !taken.has(method))
        const config = { allow: METHODS.filter((method) => taken.has(method)).join(', ') }
        const handler = async (request: FastifyRequest, reply: FastifyReply) => refuse(request, reply)
        if (url !== ANY) fastify.route({ method, url, config, schema: { hide: true }, handler })
      }
    })
  },
  { name: 'methods' }
)

/** The address of the route by which @fastify/cors hears of every OPTIONS. */
const ANY = '*'

/** @throws MethodNotAllowed, NotFound */
function refuse({ routeOptions: { url, config } }: FastifyRequest, reply: FastifyReply): void {
  if (url === ANY) throw NotFound()
  if (!config.allow) return
  reply.header('allow', config.allow)
  throw MethodNotAllowed()
}

/** A browser asks whether a page of another origin may call (Fetch standard, CORS-preflight fetch). */
function isPreflight({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && 'access-control-request-method' in headers
}
