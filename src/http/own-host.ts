import { isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { NotFound } from '../errors.ts'

/**
 * Whether the host of a request is `localhost` or an IP address. A page of another site may point its own name at us (DNS
 * rebinding) and then shares an origin with our replies; it cannot take an IP address or `localhost` as its name.
 */
export function isOwnHost({ headers, hostname }: Pick<FastifyRequest, 'headers' | 'hostname'>): boolean {
  // Checks both: a rebound page may add X-Forwarded-Host, which Fastify believes if it trusts the address it comes from.
  return [hostname, (headers.host ?? '').replace(/:\d+$/, '')].every((host) => {
    const name = host.replace(/^\[|\]$/g, '')
    return isIP(name) !== 0 || /(^|\.)localhost$/i.test(name)
  })
}

/** A hook for routes that are for developers only: under any other host name they do not exist. @throws NotFound */
export async function requireOwnHost(request: FastifyRequest): Promise<void> {
  if (!isOwnHost(request)) throw NotFound()
}

/** A hook for routes that no page but our own may call, not even one of another origin on localhost. @throws NotFound */
export async function requireOwnPage({ headers, host, protocol }: FastifyRequest): Promise<void> {
  if (headers.origin !== undefined && headers.origin !== `${protocol}://${host}`) throw NotFound()
}
