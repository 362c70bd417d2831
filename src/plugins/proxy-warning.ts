import { isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'

const EVERY_MS = 60_000
/** Fewer in that time prove nothing. */
const MIN_REQUESTS = 100

/**
 * Warns when nearly all requests come from one address that forwards them and is not trusted: a proxy that TRUST_PROXY
 * forgot makes all its clients one, with one rate limit.
 */
export default fp(
  async function proxyWarning(fastify) {
    let requests = 0
    // The majority vote of Boyer and Moore: who has 95 % keeps 90 % as lead, however many others there are.
    let leader: string | undefined
    let lead = 0
    fastify.addHook('onRequest', async (request) => {
      const forwarder = untrustedForwarder(request)
      requests += 1
      if (lead === 0) leader = forwarder
      lead += leader === forwarder ? 1 : -1
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
        `nearly all requests come from ${address} with an X-Forwarded-For that is not believed, and share one limit: if it is your own proxy, and only then, add ${address} to TRUST_PROXY`
      )
    }
  },
  { name: 'proxy-warning' }
)

/** The address that this request counts for although it sent it on for somebody else; as TRUST_PROXY would name it. */
function untrustedForwarder({ headers, ip, ips = [ip] }: FastifyRequest): string | undefined {
  const forwardedFor = String(headers['x-forwarded-for'] ?? '')
  // Fastify lists the peer and, as far as it believes them, the forwarded addresses.
  const isBelieved = !forwardedFor || ips.length > forwardedFor.split(',').length
  return isBelieved || !isIP(ip) ? undefined : ip.replace(/^::ffff:/, '')
}
