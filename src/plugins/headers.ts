import fp from 'fastify-plugin'

/**
 * What Helmet would set, for an API that a browser may not frame, run, sniff or leak anything of, and `cache-control`. All
 * at once: set one by one on Node's response they were a twelfth of the cheapest call.
 */
const fixed = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-download-options': 'noopen',
  'x-frame-options': 'SAMEORIGIN',
  'x-permitted-cross-domain-policies': 'none',
  'x-xss-protection': '0'
}

/** Security headers and `x-request-id` on every reply, and none in a cache unless its route says so. */
export default fp(
  async function headers(fastify) {
    fastify.addHook('onRequest', (request, reply, next) => {
      reply.headers(fixed).header('x-request-id', request.id)
      next()
    })
  },
  { name: 'headers' }
)
