import type { FastifyInstance } from 'fastify'
import { Counter, Histogram, type Registry } from 'prom-client'
import { methodLabel, OTHER } from './labels.ts'

/** In seconds: from a reply out of memory, a statement and a hash up to a slow gateway. */
const BUCKETS = [0.005, 0.02, 0.1, 0.3, 1, 3, 10]

/** Counts and times requests by the route's pattern. */
export function countRequests(fastify: FastifyInstance, registry: Registry): void {
  const registers = [registry]
  const requests = new Counter({
    name: 'citizen_auth_http_requests_total',
    help: 'Requests that were answered.',
    labelNames: ['method', 'route', 'status'] as const,
    registers
  })
  const durations = new Histogram({
    name: 'citizen_auth_http_request_duration_seconds',
    help: 'Time from the headers of a request to the end of its answer.',
    labelNames: ['route'] as const,
    buckets: BUCKETS,
    registers
  })
  const errors = new Counter({
    name: 'citizen_auth_http_errors_total',
    help: 'Requests that were answered with an error, by its code.',
    labelNames: ['route', 'code'] as const,
    registers
  })
  fastify.addHook('onResponse', (request, reply, next) => {
    const route = request.routeOptions.url ?? OTHER
    requests.inc({ method: methodLabel(request.method), route, status: reply.statusCode })
    durations.observe({ route }, reply.elapsedTime / 1_000)
    if (request.errorCode) errors.inc({ route, code: request.errorCode })
    next()
  })
}
