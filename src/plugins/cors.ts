import fastifyCors from '@fastify/cors'
import fp from 'fastify-plugin'
import type { Config } from '../config/settings.ts'

/** Origins of web apps on a developer's own machine, on any port. */
const LOCALHOST = /^https?:\/\/(([a-z0-9-]+\.)*localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/

/** Reply headers a page may read besides the content type: when to retry, what is left of a rate limit, which id to quote. */
const EXPOSED = [
  ...['retry-after', 'x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'],
  'x-request-id'
]

/** Lets pages of these origins call the API, with any request headers. */
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
