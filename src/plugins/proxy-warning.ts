import { isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { plainAddresses } from '../http/forwarded.ts'

const EVERY_MS = 60_000
/** Fewer requests in EVERY_MS prove nothing. */
const MIN_REQUESTS = 100

/**
 * Reads X-Forwarded-For as load balancers write it, and warns when nearly all requests count for one address that forwards
 * them: a proxy that is missing from TRUST_PROXY, or forwards no addresses, makes all its clients share one rate limit.
 */
export default fp(
  async function proxyWarning(fastify) {
    let requests = 0
    // Boyer-Moore majority vote: an address with 95 % of the requests keeps a lead of 90 %, however many others there are.
    let leader: string | undefined
    let lead = 0
    fastify.addHook('onRequest', (request, _reply, next) => {
      readPlainly(request)
      const forwarder = countedForwarder(request)
      requests += 1
      if (lead === 0) leader = forwarder
      lead += leader === forwarder ? 1 : -1
      next()
    })
    const timer = setInterval(() => {
      if (leader && requests >= MIN_REQUESTS && lead >= 0.9 * requests) warn(leader)
      requests = 0
      lead = 0
    }, EVERY_MS)
    timer.unref()
    fastify.addHook('onClose', async () => {
      clearInterval(timer)
    })

    function warn(address: string): void {
      fastify.log.warn(
        { event: 'proxy_not_trusted', address, requests },
        `nearly all requests come from ${address} with an X-Forwarded-For that is not believed or names no address, and share one limit: if it is your own proxy, and only then, add ${address} to TRUST_PROXY and let it forward plain addresses`
      )
    }
  },
  { name: 'proxy-warning' }
)

/** Must run before anything asks Fastify for the address, which it reads from this header each time. */
function readPlainly({ raw }: FastifyRequest): void {
  const forwardedFor = raw.headers['x-forwarded-for']
  if (forwardedFor) raw.headers['x-forwarded-for'] = plainAddresses(String(forwardedFor))
}

/** The address of the forwarder that this request counts for instead of its client, as TRUST_PROXY would name it. */
function countedForwarder(request: FastifyRequest): string | undefined {
  // Only `ips` is read: `ip` is the last of them, and Fastify would parse the header again for it.
  const { headers, ips = [request.ip] } = request
  const ip = ips.at(-1) ?? ''
  const forwardedFor = String(headers['x-forwarded-for'] ?? '')
  // Fastify lists the peer and, as far as it trusts them, the forwarded addresses.
  const isBelieved = !forwardedFor || (isIP(ip) && ips.length > forwardedFor.split(',').length)
  const address = isIP(ip) ? ip : request.socket.remoteAddress
  return isBelieved ? undefined : address?.replace(/^::ffff:/, '')
}
