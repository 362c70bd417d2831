import type { FastifyPluginAsync } from 'fastify'
import { ServiceBusy } from '../../errors.ts'
import { createEventStreams } from '../../http/event-streams.ts'
import type { Inbox } from '../../sms/inbox.ts'

const PLACE = /^\d{1,15}-\d{1,15}$/

/** Streams messages as any process sends them. A client that reconnects gets what it missed. */
const events: FastifyPluginAsync<{ inbox: Inbox }> = async (fastify, { inbox }) => {
  const streams = createEventStreams(inbox)
  fastify.addHook('preClose', async () => streams.close())

  fastify.get('/events', { exposeHeadRoute: false }, (request, reply) => {
    if (streams.isFull()) throw ServiceBusy()
    const last = request.headers['last-event-id']
    reply.type('text/event-stream').hijack()
    for (const [name, value = ''] of Object.entries(reply.getHeaders())) reply.raw.setHeader(name, value)
    reply.raw.flushHeaders()
    streams.add(reply.raw, typeof last === 'string' && PLACE.test(last) ? last : '0-0')
  })
}

export default events
