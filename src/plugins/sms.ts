import fp from 'fastify-plugin'
import type { Gateway, Message } from '../sms/gateway.ts'
import { createLadder, type LadderOptions } from '../sms/ladder.ts'

export type SmsOptions = LadderOptions & { gateways: readonly Gateway[] }

/** What is left for the reply when a gateway has used up the time of its request (ms). */
const REPLY_MS = 100

declare module 'fastify' {
  interface FastifyInstance {
    sms: {
      /**
       * Sends a message, for as long as its request waits (`performance.now()`).
       * @throws PhoneInvalid when nobody has the number, SmsUnavailable when no gateway took the message
       */
      send(message: Omit<Message, 'signal'>, endsAt?: number): Promise<void>
    }
  }
}

/** `fastify.sms`: messages to citizens, by the first of the gateways that takes them. */
export default fp<SmsOptions>(
  async function sms(fastify, { gateways, ...options }) {
    const climb = createLadder(gateways, options, fastify.log)
    fastify.decorate('sms', {
      async send(message, endsAt = Number.POSITIVE_INFINITY) {
        await climb(message, endsAt - REPLY_MS)
      }
    })
    fastify.addHook('onClose', async () => {
      await Promise.all(gateways.map((gateway) => gateway.close?.()))
    })
  },
  { name: 'sms' }
)
