import fastifyCors from '@fastify/cors'
import fp from 'fastify-plugin'

export interface CorsOptions {
  /** Origins of web apps that may call the API; none: CORS stays off. */
  origins: (string | RegExp)[]
  /** How long a browser may keep the answer to a preflight. */
  maxAgeSeconds: number
}

/** Web apps on a developer's own machine, on whatever port. */
export const LOCALHOST = /^https?:\/\/(([a-z0-9-]+\.)*localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/

/** Lets the pages of these origins call. */
export default fp<CorsOptions>(
  async function cors(fastify, { origins, maxAgeSeconds }) {
    if (origins.length === 0) return
    await fastify.register(fastifyCors, {
      origin: origins,
      methods: ['GET', 'POST', 'PATCH', 'DELETE'],
      exposedHeaders: ['retry-after', 'x-request-id'],
      maxAge: maxAgeSeconds
    })
  },
  { name: 'cors' }
)
