import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../config/settings.ts'
import { IdempotencyMismatch } from '../errors.ts'
import { clientAddress } from '../http/client.ts'
import { askedName, onceKey, onceSteps } from '../redis/once-steps.ts'
import type { OtpPurpose } from './otp.ts'

/** Pauses between polls of Redis for the first answer, in milliseconds: doubled each time, from `first` up to `last`. */
const LOOK_MS = { first: 25, last: 400 }
/** Seconds for which a key stays claimed beyond its request's time limit: by then the request cannot be working any more. */
const LEASE_REST_SECONDS = 1

type Asking = FastifyRequest<{ Body: { device_token?: string } }>

declare module 'fastify' {
  interface FastifyInstance {
    onceForKey: ReturnType<typeof createOnceForKey>
  }
}

/** `fastify.onceForKey`: a call that is repeated with its `Idempotency-Key` gets the first answer again, and does nothing. */
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
   * Does the work, but only once for the request's `Idempotency-Key`, if it has one. While one request works, others with the
   * key wait for its answer; if it fails or dies, the next one does the work. The answer, which must hold no secret, is
   * repeated unchanged until OTP_TTL_SECONDS after the key was claimed, to any address: a phone may move from Wi-Fi to mobile
   * data. The captcha token is not compared: each works only once, so a phone that retries sends a new one.
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
    // The guard counts only requests that send a code; those that may just repeat an answer are counted here.
    await refuseFlood(request, clientAddress(request))
    const keys = { once: onceKey(purpose, key) }
    const by = randomUUID()
    // Registered before the claim: the key may be claimed even if the reply of Redis comes too late.
    await request.undoOnFailure(() => steps.drop(keys, { by }))
    const first = await firstAnswer(request, keys, { asked: askedName(phone, request.body.device_token), by })
    if (first !== undefined) {
      request.log.info({ event: 'answer_repeated' }, 'the first answer is repeated')
      return JSON.parse(first)
    }
    const answer = await work()
    // The code is on its way, so the answer is right either way; failing to keep it costs a second SMS at worst.
    await steps
      .keep(keys, { by, answer: JSON.stringify(answer) })
      .catch((error) => request.log.warn({ err: error }, 'an answer was not kept for its Idempotency-Key'))
    return answer
  }

  /** Waits for the first answer; undefined when this request has to do the work. */
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
