import { isIP } from 'node:net'
import { normalizeIP } from '@fastify/rate-limit'
import type { FastifyRequest } from 'fastify'
import { decodeUtf8 } from '../text/utf8.ts'

/**
 * The address that limits count by: an IPv4 address, or the /64 that an IPv6 customer is given as a whole. If a trusted
 * proxy forwards something that is not an address, the proxy's own address is used.
 */
export function clientAddress({ ip, socket }: Pick<FastifyRequest, 'ip' | 'socket'>): string {
  return normalizeIP(isIP(ip) ? ip : (socket.remoteAddress ?? 'unknown'))
}

/** The /48 around an IPv6 address, which a site is given as a whole (RFC 6177); an IPv4 address is its own network. */
export function networkOf(address: string): string {
  return normalizeIP(address, 48)
}

/** Characters: enough to tell a phone from a laptop. */
const USER_AGENT_MAX_LENGTH = 200

/** What a session's owner is shown about the device that signed in. */
export function deviceOf(request: Pick<FastifyRequest, 'headers' | 'ip' | 'socket'>) {
  // Node decodes each byte of a header as one character (Latin-1).
  const header = Buffer.from(request.headers['user-agent'] ?? '', 'latin1')
  const userAgent = [...(decodeUtf8(header) ?? '')].slice(0, USER_AGENT_MAX_LENGTH).join('') || null
  return { userAgent, ip: clientAddress(request) }
}
