import type { Socket } from 'node:net'
import fp from 'fastify-plugin'

/** So that a client that never finishes its request cannot hold the process longer than an answer may take (ms). */
const LAST_CALL_MS = 8_000

/**
 * Closes without waiting for clients that only hold a connection open: Node ends those that are idle, but neither those that
 * never sent a request nor those that become idle later.
 */
export default fp(
  async function farewell(fastify) {
    const { server } = fastify
    const silent = new Set<Socket>()
    let closing = false
    server.on('connection', (socket) => {
      silent.add(socket)
      socket.once('close', () => silent.delete(socket))
    })
    server.on('request', ({ socket }) => silent.delete(socket))

    fastify.addHook('onSend', async (_request, reply) => {
      if (closing) reply.header('connection', 'close')
    })
    fastify.addHook('onResponse', async () => {
      // Its headers may have gone out before we knew.
      if (closing) setImmediate(() => server.closeIdleConnections())
    })
    fastify.addHook('preClose', async () => {
      closing = true
      for (const socket of silent) socket.destroy()
      const lastCall = setTimeout(() => server.closeAllConnections(), LAST_CALL_MS)
      server.once('close', () => clearTimeout(lastCall))
      lastCall.unref()
    })
  },
  { name: 'farewell' }
)
