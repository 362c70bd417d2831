import fastifyCors from '@fastify/cors'
import fp from 'fastify-plugin'
import type { Config } from '../config/settings.ts'

/** Web apps on a developer's own machine, on whatever port. */
const LOCALHOST = /^https?:\/\/(([a-z0-9-]+\.)*localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/

/** What a page may read of a reply, beside its body and content type: when to come back, what is left, what to quote. */
const EXPOSED = [
  ...['retry-after', 'x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'],
  'x-request-id'
]

/** Lets the pages of these origins call, with whatever headers. */
export default fp<Config['cors'] & { allowLocalhost: boolean }>(
  async function cors(fastify, { origins, maxAgeSeconds, allowLocalhost }) {
    const allowed = [...origins, ...(allowLocalhost ? [LOCALHOST] : [])]
    if (allowed.length === 0) return
    await fastify.register(fastifyCors, {
      origin: allowed,
      methods: ['GET', 'POST', 'PATCH', 'DELETE'],
      exposedHeaders: EXPOSED,
      maxAge: maxAgeSeconds
    })
  },
  { name: 'cors' }
)
