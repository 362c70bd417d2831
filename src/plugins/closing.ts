import type { Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import fp from 'fastify-plugin'
import { ServiceUnavailable } from '../errors.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Serves on for this time (ms), while `/health/ready` says no: who balances the load goes elsewhere. */
    drain(ms: number): Promise<void>
    readonly isDraining: boolean
  }
}

export interface ClosingOptions {
  /** A connection whose request is not answered by then is cut (ms). */
  lastCallMs: number
}

/** So long (ms) after its connection a request may come that was on its way when we closed. */
const ON_ITS_WAY_MS = 500

/**
 * `fastify.drain`, and what becomes of connections when the service closes. What is under way is answered, and what comes
 * later is a 503. Each reply is the last of its connection, also while the service drains: a balancer that keeps it open must
 * not keep the process alive. Node ends connections that are idle, but neither those that never brought a request nor those
 * that become idle later.
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
      // Its headers may have gone out before we knew.
      if (isClosing) setImmediate(() => server.closeIdleConnections())
      next()
    })
  },
  { name: 'closing' }
)
