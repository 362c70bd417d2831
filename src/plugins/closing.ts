import type { Socket } from 'node:net'
import fp from 'fastify-plugin'
import { ServiceUnavailable } from '../errors.ts'

/**
 * While the service closes, what is under way is answered, what comes later is a 503, and each reply is the last of its
 * connection: a balancer that kept it open would keep the process alive. Node closes the idle ones, but for those that
 * never brought a request.
 */
export default fp(
  async function closing(fastify) {
    let isClosing = false
    const unused = new Set<Socket>()
    fastify.server.on('connection', (socket) => {
      unused.add(socket)
      socket.once('close', () => unused.delete(socket))
    })
    fastify.addHook('preClose', async () => {
      isClosing = true
      for (const socket of unused) socket.destroy()
    })
    fastify.addHook('onRequest', async ({ socket }) => {
      unused.delete(socket)
      if (isClosing) throw ServiceUnavailable()
    })
    fastify.addHook('onSend', async (_request, reply) => {
      if (isClosing) reply.header('connection', 'close')
    })
  },
  { name: 'closing' }
)
