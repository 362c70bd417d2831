import fp from 'fastify-plugin'
import pTimeout from 'p-timeout'
import type { Config } from '../config/settings.ts'
import { SmsUnavailable } from '../errors.ts'

/** Whoever carries an SMS. `deliver` resolves when the message is taken and throws when it is not. */
export interface SmsGateway {
  deliver(to: string, text: string, signal: AbortSignal): Promise<void>
}

export type SmsOptions = Pick<Config['sms'], 'timeoutMs'> & { gateway: SmsGateway }

export interface Sms {
  /** Sends a text to a number (E.164), for as long as its request waits (`performance.now()`). @throws SmsUnavailable */
  send(to: string, text: string, endsAt?: number): Promise<void>
}

declare module 'fastify' {
  interface FastifyInstance {
    sms: Sms
  }
}

/** `fastify.sms`: messages to citizens, by the gateway that `app.ts` chose. */
export default fp<SmsOptions>(
  async function sms(fastify, { gateway, timeoutMs }) {
    fastify.decorate('sms', {
      async send(to, text, endsAt = Number.POSITIVE_INFINITY) {
        try {
          const milliseconds = Math.max(Math.ceil(Math.min(timeoutMs, endsAt - performance.now())), 1)
          const signal = AbortSignal.timeout(milliseconds)
          await pTimeout(gateway.deliver(to, text, signal), { signal, milliseconds })
        } catch (error) {
          throw SmsUnavailable(undefined, withoutDigits(error))
        }
      }
    })
  },
  { name: 'sms' }
)

/** A provider may quote the message it refuses, and with it the code. */
function withoutDigits(error: unknown): Error {
  const { name, message } = error instanceof Error ? error : new Error(String(error))
  return Object.assign(new Error(message.replace(/\d{4,}/g, '****')), { name })
}
