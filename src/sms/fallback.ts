import type { FastifyBaseLogger } from 'fastify'
import type { smsSteps } from '../redis/sms-steps.ts'
import type { Gateway, Outgoing } from './gateway.ts'
import type { createLadder, Delivery } from './ladder.ts'
import type { createSeal } from './seal.ts'

interface FallbackOptions {
  steps: ReturnType<typeof smsSteps>
  seal: ReturnType<typeof createSeal>
  gateways: readonly Gateway[]
  climb: ReturnType<typeof createLadder>
  /** After how many seconds a message that has not arrived goes through the next gateway. */
  waitSeconds: number
  timeoutMs: number
  log: FastifyBaseLogger
  /** Called for each message that was sent again. */
  onSent(message: Outgoing, delivery: Delivery): unknown
}

interface Waiting extends Outgoing {
  delivery: Delivery
  /** Milliseconds since 1970: when its code becomes useless. */
  until: number
}

const LOOK_MS = 1_000
/** How many messages one process resends at the same time. */
const WORKERS = 20

/**
 * Gives a second chance to messages whose gateway tells whether they arrived. They wait in Redis, where any process finds
 * them, because the process that sent the first may have ended. Only the last message to a number waits.
 */
export function createFallback(options: FallbackOptions) {
  const { steps, seal, gateways, climb, waitSeconds, timeoutMs, log, onSent } = options
  // Resending takes two calls: first the gateway is asked whether the message has arrived.
  const leaseSeconds = Math.ceil((2 * timeoutMs) / 1_000)
  const isNeeded = gateways.slice(0, -1).some(({ isDelivered }) => isDelivered)
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<unknown> = Promise.resolve()
  let isStopped = !isNeeded
  return { put, drop, start, stop }

  /** Keeps a message in place of the number's last one, if its gateway tells whether it arrives and another gateway is left. */
  async function put(message: Outgoing, delivery: Delivery): Promise<void> {
    const place = gateways.findIndex(({ name }) => name === delivery.gateway)
    if (!gateways[place]?.isDelivered || !gateways[place + 1] || message.ttlSeconds <= waitSeconds)
      return drop(message.to)
    const waiting: Waiting = { ...message, delivery, until: Date.now() + message.ttlSeconds * 1_000 }
    await steps.put(message.to, seal.seal(JSON.stringify(waiting)), waitSeconds)
  }

  /** Forgets the message that waits for a number (E.164). */
  async function drop(phone: string): Promise<void> {
    if (isNeeded) await steps.drop(phone)
  }

  /** Starts looking for messages that are due. */
  function start(): void {
    if (isStopped) return
    timer = setTimeout(() => {
      looking = look().then(start)
    }, LOOK_MS)
  }

  /** Waits for the messages that are being resent. */
  async function stop(): Promise<void> {
    isStopped = true
    clearTimeout(timer)
    await looking
  }

  /** One worker checks whether a message is due; if so, all of them work. Redis may be down, which its client logs. */
  async function look(): Promise<void> {
    const isBusy = await work(1).catch(() => false)
    if (isBusy) await Promise.allSettled(Array.from({ length: WORKERS }, () => work()))
  }

  /** Resends at most `most` messages that are due; returns whether there were that many. */
  async function work(most = Number.POSITIVE_INFINITY): Promise<boolean> {
    for (let done = 0; done < most; done++) {
      const claimed = isStopped ? null : await steps.claim(leaseSeconds)
      if (!claimed) return false
      await sendAgain(...claimed)
    }
    return true
  }

  async function sendAgain(phone: string, sealed: string): Promise<void> {
    // Unreadable if OTP_SECRET was replaced without a transition, which made the code worthless too.
    const text = seal.open(sealed)
    const { delivery, until, ...message }: Waiting = text ? JSON.parse(text) : { until: 0 }
    const isOver = () => Date.now() >= until
    const isUseless = isOver() || (await isDelivered(delivery))
    // The message is gone if its code was used meanwhile, or another code was asked for.
    if (!(await steps.take(phone, sealed)) || isUseless || isOver()) return
    const again = { ...message, ttlSeconds: Math.ceil((until - Date.now()) / 1_000) }
    try {
      const next = await climb(again, performance.now() + timeoutMs, delivery.gateway)
      const fields = { event: 'sms_fallback', from: delivery.gateway, to: next.gateway }
      log.info(fields, 'a message went by the next gateway')
      onSent(again, next)
    } catch (err) {
      log.error(
        { event: 'sms_fallback_failed', err },
        'a message that did not arrive could not be sent again'
      )
    }
  }

  /** A gateway that does not answer counts as "not delivered". */
  async function isDelivered({ gateway: name, providerId }: Delivery): Promise<boolean> {
    const gateway = gateways.find((one) => one.name === name)
    if (!providerId || !gateway?.isDelivered) return false
    return gateway.isDelivered(providerId, AbortSignal.timeout(timeoutMs)).catch(() => false)
  }
}
