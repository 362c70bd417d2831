import type { FastifyRequest } from 'fastify'
import { clientAddress } from './address.ts'

/** Enough to tell a phone from a laptop. */
const USER_AGENT_MAX_LENGTH = 200

/** What a session's owner is shown of the device that signed in. */
export function deviceOf(request: Pick<FastifyRequest, 'headers' | 'ip' | 'socket'>) {
  const userAgent = request.headers['user-agent']?.slice(0, USER_AGENT_MAX_LENGTH) ?? null
  return { userAgent, ip: clientAddress(request) }
}
