import { isIP } from 'node:net'
import { normalizeIP } from '@fastify/rate-limit'
import type { FastifyRequest } from 'fastify'
import { decodeUtf8 } from '../text/utf8.ts'

/**
 * The address a limit is counted for: an IPv4 address, or the /64 that an IPv6 customer is given as a whole. What a
 * trusted proxy forwards may be no address at all; then it is the proxy's own.
 */
export function clientAddress({ ip, socket }: Pick<FastifyRequest, 'ip' | 'socket'>): string {
  return normalizeIP(isIP(ip) ? ip : (socket.remoteAddress ?? 'unknown'))
}

/** The /48 that an IPv6 site is given as a whole (RFC 6177) around an address; one of IPv4 stands alone. */
export function networkOf(address: string): string {
  return normalizeIP(address, 48)
}

/** Characters: enough to tell a phone from a laptop. */
const USER_AGENT_MAX_LENGTH = 200

/** What a session's owner is shown of the device that signed in. */
export function deviceOf(request: Pick<FastifyRequest, 'headers' | 'ip' | 'socket'>) {
  // Node gives each byte of a header as a character.
  const header = Buffer.from(request.headers['user-agent'] ?? '', 'latin1')
  const userAgent = [...(decodeUtf8(header) ?? '')].slice(0, USER_AGENT_MAX_LENGTH).join('') || null
  return { userAgent, ip: clientAddress(request) }
}
