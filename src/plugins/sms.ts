import fp from 'fastify-plugin'
import pTimeout, { TimeoutError } from 'p-timeout'
import type { Config } from '../config/settings.ts'
import { SmsUnavailable } from '../errors.ts'

/** Whoever carries an SMS. `deliver` resolves when the message is taken and throws when it is not. */
export interface SmsGateway {
  deliver(to: string, text: string, signal: AbortSignal): Promise<void>
}

export type SmsOptions = Pick<Config['sms'], 'timeoutMs'> & { gateway: SmsGateway }

/** What is left for the reply when a gateway has used up the time of its request. */
const REPLY_MS = 100

export interface Sms {
  /**
   * Sends a text to a number (E.164), for as long as its request waits (`performance.now()`). A gateway that does not answer
   * in time may have taken it all the same: that is no error.
   * @throws SmsUnavailable when the message was refused
   */
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
        const milliseconds = Math.max(
          Math.ceil(Math.min(timeoutMs, endsAt - REPLY_MS - performance.now())),
          1
        )
        const patience = new AbortController()
        // Made when it is thrown: an error that p-timeout makes beforehand costs a fiftieth of a send.
        const fallback = () => {
          patience.abort()
          throw new TimeoutError('no answer in time')
        }
        try {
          await pTimeout(gateway.deliver(to, text, patience.signal), { milliseconds, fallback })
        } catch (error) {
          const cause = withoutDigits(error)
          if (!patience.signal.aborted) throw SmsUnavailable(undefined, cause)
          fastify.log.warn(
            { event: 'sms_unknown', err: cause },
            'a gateway has not answered: the SMS may be on its way'
          )
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
