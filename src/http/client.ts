import { isIP } from 'node:net'
import { normalizeIP } from '@fastify/rate-limit'
import type { FastifyRequest } from 'fastify'

/**
 * The address a limit is counted for: an IPv4 address, or the /64 that an IPv6 customer is given as a whole. What a
 * trusted proxy forwards may be no address at all; then it is the proxy's own.
 */
export function clientAddress({ ip, socket }: Pick<FastifyRequest, 'ip' | 'socket'>): string {
  return normalizeIP(isIP(ip) ? ip : (socket.remoteAddress ?? 'unknown'))
}
