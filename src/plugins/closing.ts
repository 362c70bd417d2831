import type { Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import fp from 'fastify-plugin'
import { ServiceUnavailable } from '../errors.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Keeps serving for `ms` milliseconds while `/health/ready` says no, so that load balancers go elsewhere. */
    drain(ms: number): Promise<void>
    readonly isDraining: boolean
  }
}

export interface ClosingOptions {
  /** How long after closing begins (ms) the connections of unanswered requests are cut. */
  lastCallMs: number
}

/** How long after closing begins (ms) a new connection may still bring a request that was on its way. */
const ON_ITS_WAY_MS = 500

/**
 * `fastify.drain`, and what happens to connections when the service closes. Requests under way are answered, and later ones
 * get a 503. From draining on, each reply closes its connection: the keep-alive of a load balancer must not keep the process
 * alive. Node itself closes idle connections, but neither those that never sent a request nor those that become idle later.
 */
export default fp<ClosingOptions>(
  async function closing(fastify, { lastCallMs }) {
    const { server } = fastify
    const silent = new Set<Socket>()
    let isDraining = false
    let isClosing = false
    fastify.decorate('isDraining', { getter: () => isDraining })
    fastify.decorate('drain', async (ms) => {
      isDraining = true
      await wait(ms)
    })
    server.on('connection', (socket) => {
      silent.add(socket)
      socket.once('close', () => silent.delete(socket))
    })
    server.on('request', ({ socket }) => silent.delete(socket))

    fastify.addHook('preClose', async () => {
      isClosing = true
      setTimeout(() => {
        for (const socket of silent) socket.destroy()
      }, ON_ITS_WAY_MS).unref()
      const lastCall = setTimeout(() => server.closeAllConnections(), lastCallMs).unref()
      server.once('close', () => clearTimeout(lastCall))
    })
    fastify.addHook('onRequest', (_request, _reply, next) => {
      next(isClosing ? ServiceUnavailable() : undefined)
    })
    fastify.addHook('onSend', (_request, reply, payload, next) => {
      if (isDraining || isClosing) reply.header('connection', 'close')
      next(null, payload)
    })
    fastify.addHook('onResponse', (_request, _reply, next) => {
      // Its headers may have been sent before closing began, without `connection: close`.
      if (isClosing) setImmediate(() => server.closeIdleConnections())
      next()
    })
  },
  { name: 'closing' }
)
