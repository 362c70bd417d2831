import { isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { NotFound } from '../errors.ts'

/**
 * Whether a request is for this machine by name, or for an address. A page of another site may point its own name at us (DNS
 * rebinding) and is then of the same origin as our replies; it cannot make an address or `localhost` its name.
 */
export function isOwnHost({ headers, hostname }: Pick<FastifyRequest, 'headers' | 'hostname'>): boolean {
  // Both: a rebound page may add X-Forwarded-Host, which is believed where we trust the address that it comes from.
  return [hostname, (headers.host ?? '').replace(/:\d+$/, '')].every((host) => {
    const name = host.replace(/^\[|\]$/g, '')
    return isIP(name) !== 0 || /(^|\.)localhost$/i.test(name)
  })
}

/** A hook for what is there for developers alone: under another name there is nothing. @throws NotFound */
export async function requireOwnHost(request: FastifyRequest): Promise<void> {
  if (!isOwnHost(request)) throw NotFound()
}

/** A hook for what our own page asks for, and no page of another origin may: not even of localhost. @throws NotFound */
export async function requireOwnPage({ headers, host, protocol }: FastifyRequest): Promise<void> {
  if (headers.origin !== undefined && headers.origin !== `${protocol}://${host}`) throw NotFound()
}
