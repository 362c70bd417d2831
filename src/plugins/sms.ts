import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../config/settings.ts'
import { smsSteps } from '../redis/sms-steps.ts'
import { createFallback } from '../sms/fallback.ts'
import type { Gateway, Outgoing } from '../sms/gateway.ts'
import { createInbox } from '../sms/inbox.ts'
import { createLadder, type Delivery } from '../sms/ladder.ts'
import { createSeal } from '../sms/seal.ts'
import { createStatistics, type Report } from '../sms/statistics.ts'

export type SmsOptions = Pick<Config, 'sms' | 'telegram' | 'otp' | 'process'> & {
  gateways: readonly Gateway[]
}

/** Time kept for the reply when a gateway uses up its request's time limit, in milliseconds. */
const REPLY_MS = 100

declare module 'fastify' {
  interface FastifyInstance {
    sms: ReturnType<typeof createSms>
  }
}

/**
 * `fastify.sms`: sends messages to citizens by the first gateway that takes them, and tracks what becomes of them. With DEBUG
 * and the mock among the gateways, `fastify.sms.inbox` keeps what was sent.
 */
export default fp<SmsOptions>(
  async function sms(fastify, options) {
    fastify.decorate('sms', createSms(fastify, options))
  },
  { name: 'sms', dependencies: ['redis', 'sms-texts'] }
)

function createSms(fastify: FastifyInstance, { gateways, sms, telegram, otp, process }: SmsOptions) {
  const { redis, log } = fastify
  const { timeoutMs } = sms
  const climb = createLadder(gateways, sms, log)
  const statistics = createStatistics(redis)
  // With DEBUG codes protect no account, and with the mock they are not meant for real phones.
  const isDevelopment = process.debug && gateways.some(({ name }) => name === 'mock')
  const inbox = isDevelopment ? createInbox(redis) : undefined
  const fallback = createFallback({
    steps: smsSteps(redis),
    seal: createSeal(otp, 'sms'),
    gateways,
    climb,
    waitSeconds: telegram.waitSeconds,
    timeoutMs,
    log,
    onSent: note
  })
  fastify.addHook('onReady', async () => {
    fallback.start()
    for (const gateway of gateways) gateway.start?.(log, fastify.smsTexts.all())
  })
  fastify.addHook('onClose', async () => {
    await fallback.stop()
    await Promise.all(gateways.map((gateway) => gateway.close?.()))
  })
  return { send, noteUsed, noteReport, inbox }

  /**
   * Sends a message, trying gateways until shortly before its request ends (`endsAt`, on the clock of `performance.now()`).
   * @throws PhoneInvalid when the number belongs to no phone, SmsUnavailable when no gateway took the message
   */
  async function send(message: Outgoing, endsAt = Number.POSITIVE_INFINITY): Promise<void> {
    const delivery = await climb(message, endsAt - REPLY_MS)
    // Awaited before the reply: should this process end, another one can send the message again.
    await Promise.all([note(message, delivery), unharmed(fallback.put(message, delivery))])
  }

  /** Notes that the code in the last message to a number (E.164) was used: the message need not arrive any more. */
  function noteUsed(phone: string, code: string): void {
    void unharmed(fallback.drop(phone))
    void unharmed(
      statistics.used(phone).then(async (carrier) => {
        const gateway = gateways.find(({ name }) => name === carrier?.gateway)
        if (carrier) await gateway?.noteUsed?.(carrier.providerId, code, AbortSignal.timeout(timeoutMs))
      })
    )
  }

  /** Notes that a message has arrived. Only if its gateway can also be asked (`isDelivered`) does that cancel the fallback. */
  async function noteReport(report: Report): Promise<void> {
    await statistics.reported(report)
    const { gateway: name, id, phone } = report
    if (!phone || !gateways.find((gateway) => gateway.name === name)?.isDelivered) return
    if (await statistics.isLast(phone, name, id)) await fallback.drop(phone)
  }

  async function note(message: Outgoing, delivery: Delivery): Promise<void> {
    void unharmed(statistics.sent(message, delivery))
    if (inbox) await unharmed(inbox.keep(message, delivery))
  }

  /** Logs a failure instead of throwing: the message is on its way, even if its bookkeeping fails. */
  async function unharmed(work: Promise<unknown>): Promise<void> {
    await work.catch((err) =>
      log.warn({ event: 'sms_not_noted', err }, 'what became of a message was not noted')
    )
  }
}
