import type { Socket } from 'node:net'
import fp from 'fastify-plugin'
import { ServiceUnavailable } from '../errors.ts'

export interface ClosingOptions {
  /** A connection whose request is not answered by then is cut (ms). */
  lastCallMs: number
}

/**
 * While the service closes, what is under way is answered, what comes later is a 503, and each reply is the last of its
 * connection: a balancer that keeps it open must not keep the process alive. Node ends connections that are idle, but neither
 * those that never brought a request nor those that become idle later.
 */
export default fp<ClosingOptions>(
  async function closing(fastify, { lastCallMs }) {
    const { server } = fastify
    const silent = new Set<Socket>()
    let isClosing = false
    server.on('connection', (socket) => {
      silent.add(socket)
      socket.once('close', () => silent.delete(socket))
    })
    server.on('request', ({ socket }) => silent.delete(socket))

    fastify.addHook('preClose', async () => {
      isClosing = true
      for (const socket of silent) socket.destroy()
      const lastCall = setTimeout(() => server.closeAllConnections(), lastCallMs).unref()
      server.once('close', () => clearTimeout(lastCall))
    })
    fastify.addHook('onRequest', (_request, _reply, next) => {
      next(isClosing ? ServiceUnavailable() : undefined)
    })
    fastify.addHook('onSend', (_request, reply, payload, next) => {
      if (isClosing) reply.header('connection', 'close')
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
