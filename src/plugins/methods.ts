import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import findMyWay from 'find-my-way'
import { MethodNotAllowed, NotFound } from '../errors.ts'

/** Answers 405 with `Allow` (RFC 9110, 15.5.6) where an address exists, but not for this method, even an unknown one. */
export default fp(
  async function methods(fastify) {
    const known = new Map<string, Set<string>>()
    /** The same addresses, matched the way the app matches them; all are registered as GET, whatever their methods. */
    const addresses = findMyWay({ ignoreTrailingSlash: true })
    fastify.addHook('onRoute', ({ method, url }) => {
      const allowed = known.get(url) ?? new Set()
      if (!known.has(url) && url !== ANY) addresses.on('GET', url, () => {}, allowed)
      for (const name of [method].flat()) allowed.add(name)
      known.set(url, allowed)
    })
    // Not in a handler: CORS answers every OPTIONS before it gets there, and a body would be read first.
    fastify.addHook('onRequest', (request, reply, next) => {
      if (isRouted(request)) return next()
      const allowed: Set<string> | undefined = addresses.find('GET', request.url)?.store
      if (!allowed) return next(request.is404 ? undefined : NotFound())
      reply.header('allow', [...allowed].join(', '))
      next(MethodNotAllowed())
    })
  },
  { name: 'methods' }
)

/** The address of the catch-all route with which @fastify/cors receives every OPTIONS. */
const ANY = '*'

/** Whether a route of the app takes the request; the catch-all for OPTIONS counts only for a browser's preflight. */
function isRouted(request: FastifyRequest): boolean {
  if (request.is404) return false
  return request.method !== 'OPTIONS' || request.routeOptions.url !== ANY || isPreflight(request)
}

/** Whether a browser is asking if a page of another origin may call (Fetch standard, CORS-preflight fetch). */
function isPreflight({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && 'access-control-request-method' in headers
}
