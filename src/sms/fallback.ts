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
  /** A message that has not arrived after so many seconds goes by the next gateway. */
  waitSeconds: number
  timeoutMs: number
  log: FastifyBaseLogger
  /** Told of each message that was sent. */
  onSent(message: Outgoing, delivery: Delivery): unknown
}

interface Waiting extends Outgoing {
  delivery: Delivery
  /** Milliseconds since 1970: then its code is of no use. */
  until: number
}

const LOOK_MS = 1_000
/** Messages that one process sends again at the same time. */
const WORKERS = 20

/**
 * Second chances of messages whose gateway tells whether they arrive. They wait in Redis, where any process finds them: the
 * one that sent the first may have ended. A number has one at most, that of its last message.
 */
export function createFallback(options: FallbackOptions) {
  const { steps, seal, gateways, climb, waitSeconds, timeoutMs, log, onSent } = options
  // The gateway is asked first whether the message has arrived.
  const leaseSeconds = Math.ceil((2 * timeoutMs) / 1_000)
  const isNeeded = gateways.slice(0, -1).some(({ isDelivered }) => isDelivered)
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<unknown> = Promise.resolve()
  let isStopped = !isNeeded
  return { put, drop, start, stop }

  /** Keeps a message in the place of the last one, if its gateway tells whether it arrives and there is another gateway. */
  async function put(message: Outgoing, delivery: Delivery): Promise<void> {
    const place = gateways.findIndex(({ name }) => name === delivery.gateway)
    if (!gateways[place]?.isDelivered || !gateways[place + 1] || message.ttlSeconds <= waitSeconds)
      return drop(message.to)
    const waiting: Waiting = { ...message, delivery, until: Date.now() + message.ttlSeconds * 1_000 }
    await steps.put(message.to, seal.seal(JSON.stringify(waiting)), waitSeconds)
  }

  /** Forgets what waits for a number (E.164). */
  async function drop(phone: string): Promise<void> {
    if (isNeeded) await steps.drop(phone)
  }

  /** Begins to look for messages whose time has come. */
  function start(): void {
    if (isStopped) return
    timer = setTimeout(() => {
      looking = look().then(start)
    }, LOOK_MS)
  }

  /** Waits for the messages that are being sent. */
  async function stop(): Promise<void> {
    isStopped = true
    clearTimeout(timer)
    await looking
  }

  /** One looks whether there are any; then all work. Redis may be away, which its client says. */
  async function look(): Promise<void> {
    const isBusy = await work(1).catch(() => false)
    if (isBusy) await Promise.allSettled(Array.from({ length: WORKERS }, () => work()))
  }

  /** Sends the messages whose time has come, so many at most; tells whether there were that many. */
  async function work(most = Number.POSITIVE_INFINITY): Promise<boolean> {
    for (let done = 0; done < most; done++) {
      const claimed = isStopped ? null : await steps.claim(leaseSeconds)
      if (!claimed) return false
      await sendAgain(...claimed)
    }
    return true
  }

  async function sendAgain(phone: string, sealed: string): Promise<void> {
    // None of before OTP_SECRET was changed at one stroke, when its code became worthless too.
    const text = seal.open(sealed)
    const { delivery, until, ...message }: Waiting = text ? JSON.parse(text) : { until: 0 }
    const isOver = () => Date.now() >= until
    const isUseless = isOver() || (await isDelivered(delivery))
    // Whoever has used the code meanwhile, or asked for another one, has dropped it.
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

  /** A gateway that does not answer does not know. */
  async function isDelivered({ gateway: name, providerId }: Delivery): Promise<boolean> {
    const gateway = gateways.find((one) => one.name === name)
    if (!providerId || !gateway?.isDelivered) return false
    return gateway.isDelivered(providerId, AbortSignal.timeout(timeoutMs)).catch(() => false)
  }
}
