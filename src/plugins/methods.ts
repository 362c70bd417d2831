import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import findMyWay from 'find-my-way'
import { MethodNotAllowed, NotFound } from '../errors.ts'

/** A 405 with `Allow` (RFC 9110, 15.5.6) where the address is right and the method is not, whatever it is called. */
export default fp(
  async function methods(fastify) {
    const known = new Map<string, Set<string>>()
    /** The same addresses, to be found as the app finds them; the method is of no account. */
    const addresses = findMyWay({ ignoreTrailingSlash: true })
    fastify.addHook('onRoute', ({ method, url }) => {
      const allowed = known.get(url) ?? new Set()
      if (!known.has(url) && url !== ANY) addresses.on('GET', url, () => {}, allowed)
      for (const name of [method].flat()) allowed.add(name)
      known.set(url, allowed)
    })
    // Not in the handler: CORS answers every OPTIONS before it, and a body would be read.
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

/** The address of the route by which @fastify/cors hears of every OPTIONS. */
const ANY = '*'

/** Whether a route of the app takes it, which is never the one for every OPTIONS unless a browser asks. */
function isRouted(request: FastifyRequest): boolean {
  if (request.is404) return false
  return request.method !== 'OPTIONS' || request.routeOptions.url !== ANY || isPreflight(request)
}

/** A browser asks whether a page of another origin may call (Fetch standard, CORS-preflight fetch). */
function isPreflight({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && 'access-control-request-method' in headers
}
