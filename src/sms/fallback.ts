import type { FastifyBaseLogger } from 'fastify'
import type { smsSteps } from '../redis/sms-steps.ts'
import type { Gateway, Message } from './gateway.ts'
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
  onSent(message: Omit<Message, 'signal'>, delivery: Delivery): void
}

interface Waiting extends Omit<Message, 'signal'> {
  delivery: Delivery
  /** Milliseconds since 1970: then its code is of no use. */
  until: number
}

const LOOK_MS = 1_000
/** Messages that one process sends again at the same time. */
const WORKERS = 20

/**
 * Second chances of messages whose gateway tells whether they arrive. They wait in Redis, where any process finds them: the
 * one that sent the first may have ended.
 */
export function createFallback(options: FallbackOptions) {
  const { steps, seal, gateways, climb, waitSeconds, timeoutMs, log, onSent } = options
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<unknown> = Promise.resolve()
  return { put, drop: steps.drop, start, stop }

  /** Keeps a message that its gateway has taken, if that one tells whether it arrives and there is another one. */
  async function put(message: Omit<Message, 'signal'>, delivery: Delivery): Promise<void> {
    const place = gateways.findIndex(({ name }) => name === delivery.gateway)
    if (!gateways[place]?.isDelivered || !gateways[place + 1] || message.ttlSeconds <= waitSeconds) return
    const waiting: Waiting = { ...message, delivery, until: Date.now() + message.ttlSeconds * 1_000 }
    await steps.put(message.to, seal.seal(JSON.stringify(waiting)), waitSeconds)
  }

  function start(): void {
    timer = setTimeout(() => {
      looking = Promise.all(Array.from({ length: WORKERS }, work))
        .catch(() => {
          // Redis is away, which its client says.
        })
        .then(() => timer && start())
    }, LOOK_MS)
  }

  async function stop(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    await looking
  }

  async function work(): Promise<void> {
    for (let sealed = await steps.claim(); sealed; sealed = await steps.claim()) {
      const text = seal.open(sealed)
      // Of before OTP_SECRET was changed, when its code became worthless too.
      if (text) await sendAgain(JSON.parse(text))
    }
  }

  async function sendAgain({ delivery, until, ...message }: Waiting): Promise<void> {
    const ttlSeconds = Math.floor((until - Date.now()) / 1_000)
    if (ttlSeconds <= 0 || (await isDelivered(delivery))) return
    try {
      const again = await climb({ ...message, ttlSeconds }, performance.now() + timeoutMs, delivery.gateway)
      log.info(
        { event: 'sms_fallback', from: delivery.gateway, to: again.gateway },
        'a message went by the next gateway'
      )
      onSent({ ...message, ttlSeconds }, again)
    } catch (error) {
      log.error(
        { event: 'sms_fallback_failed', err: error },
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
