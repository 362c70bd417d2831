import fp from 'fastify-plugin'

/**
 * The headers that Helmet would set for an API whose replies a browser must not frame, run, sniff or leak, and
 * `cache-control`. Set all at once: one by one on Node's response, they took a twelfth of the cheapest call.
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

/** Sets security headers and `x-request-id` on every reply, and forbids caching unless the route allows it. */
export default fp(
  async function headers(fastify) {
    fastify.addHook('onRequest', (request, reply, next) => {
      reply.headers(fixed).header('x-request-id', request.id)
      next()
    })
  },
  { name: 'headers' }
)
