import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../config/settings.ts'
import { IdempotencyMismatch } from '../errors.ts'
import { clientAddress } from '../http/client.ts'
import { askedName, onceKey, onceSteps } from '../redis/once-steps.ts'
import type { OtpPurpose } from './otp.ts'

/** How long is waited before Redis is asked whether the first answer is there: twice as long each time, up to the last. */
const LOOK_MS = { first: 25, last: 400 }
/** Seconds for which a key is held after the time of its request has ended: then nobody can be at it any more. */
const LEASE_REST_SECONDS = 1

type Asking = FastifyRequest<{ Body: { device_token?: string } }>

declare module 'fastify' {
  interface FastifyInstance {
    onceForKey: ReturnType<typeof createOnceForKey>
  }
}

/** `fastify.onceForKey`: a call that is made again with its `Idempotency-Key` gets its first answer, and does nothing. */
export default fp<Pick<Config['otp'], 'ttlSeconds'>>(
  async function idempotency(fastify, options) {
    fastify.decorate('onceForKey', createOnceForKey(fastify, options))
  },
  { name: 'idempotency', dependencies: ['redis', 'rate-limit', 'time-limit'] }
)

function createOnceForKey(
  { redis, refuseFlood }: FastifyInstance,
  { ttlSeconds }: Pick<Config['otp'], 'ttlSeconds'>
) {
  const steps = onceSteps(redis, { life: ttlSeconds })

  /**
   * Does the work, once for the request's `Idempotency-Key`, if it has one. While one request is at it, others with the key
   * wait for its answer; when it fails or dies, the next of them does the work. The answer, which must hold no secret, is
   * repeated as it was until OTP_TTL_SECONDS after the key came first, from whatever address: a phone changes from wifi to
   * mobile. A captcha's token is no part of what is asked for: each works once, so a phone that asks again has a new one.
   * @throws IdempotencyMismatch when the key came with another number (E.164) or device, RateLimited, what `work` throws
   */
  return async function onceForKey<Answer>(
    request: Asking,
    phone: string,
    purpose: OtpPurpose,
    work: () => Promise<Answer>
  ): Promise<Answer> {
    const { 'idempotency-key': key } = request.headers
    if (typeof key !== 'string') return work()
    // The guard counts a request when it sends a code; one that repeats an answer is counted here.
    await refuseFlood(request, clientAddress(request))
    const keys = { once: onceKey(purpose, key) }
    const by = randomUUID()
    // Before it is claimed: the key may be held though Redis answers too late.
    await request.undoOnFailure(() => steps.drop(keys, { by }))
    const first = await firstAnswer(request, keys, { asked: askedName(phone, request.body.device_token), by })
    if (first !== undefined) {
      request.log.info({ event: 'answer_repeated' }, 'the first answer is repeated')
      return JSON.parse(first)
    }
    const answer = await work()
    // The code is on its way: a key that is not kept costs a second SMS at worst, and the answer is right.
    await steps
      .keep(keys, { by, answer: JSON.stringify(answer) })
      .catch((error) => request.log.warn({ err: error }, 'an answer was not kept for its Idempotency-Key'))
    return answer
  }

  /** Waits until the first answer is there; undefined when the work is this request's own. */
  async function firstAnswer(
    request: FastifyRequest,
    keys: { once: string },
    claim: { asked: string; by: string }
  ): Promise<string | undefined> {
    for (let pause = LOOK_MS.first; ; pause = Math.min(2 * pause, LOOK_MS.last)) {
      const lease = Math.ceil((request.endsAt - performance.now()) / 1_000) + LEASE_REST_SECONDS
      const [verdict, answer] = await steps.claim(keys, { ...claim, lease })
      if (verdict === 'other') throw IdempotencyMismatch()
      if (verdict !== 'pending') return answer
      await wait(pause)
      request.stillWaits()
    }
  }
}
