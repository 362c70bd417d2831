import {
  BrokenCircuitError,
  CircuitState,
  circuitBreaker,
  handleWhen,
  noop,
  SamplingBreaker
} from 'cockatiel'
import type { FastifyBaseLogger } from 'fastify'
import pTimeout from 'p-timeout'
import { PhoneInvalid, SmsUnavailable } from '../errors.ts'
import { gatewayFailures } from '../telemetry/channels.ts'
import { type Gateway, GatewayFailure, type Outgoing, type Taken, withoutDigits } from './gateway.ts'

export interface LadderOptions {
  /** How long to wait for a gateway, in milliseconds. */
  timeoutMs: number
  /** How long to skip a gateway that failed most calls of 30 seconds, in ms; after that, one message probes it. */
  probeMs: number
}

/** The gateway that a message went through; only its name if the message may have been accepted without an answer. */
export type Delivery = { gateway: string } & Partial<Taken>

const BREAK_MS = 30_000
const BREAK_FAILURES = 5

/** Creates the ladder of gateways, which are tried in order. */
export function createLadder(gateways: readonly Gateway[], options: LadderOptions, log: FastifyBaseLogger) {
  const rungs = gateways.map((gateway, place) =>
    // The last gateway has no circuit breaker, because no other gateway could carry the message.
    createRung(gateway, place === gateways.length - 1 ? noop : createBreaker(gateway, options, log))
  )

  /**
   * Sends a message through the first gateway that accepts it, until `endsAt` (`performance.now()`). A gateway that does not
   * answer in time may have accepted it: the search ends there, without an error.
   * @param after the gateway that was tried before
   * @throws PhoneInvalid when the number belongs to no phone, SmsUnavailable when no gateway took the message
   */
  return async function send(
    message: Outgoing,
    endsAt = Number.POSITIVE_INFINITY,
    after?: string
  ): Promise<Delivery> {
    const from = rungs.findIndex(({ gateway }) => gateway.name === after) + 1
    let last: unknown
    for (const { gateway, attempt } of rungs.slice(from)) {
      const milliseconds = Math.ceil(Math.min(options.timeoutMs, endsAt - performance.now()))
      if (milliseconds <= 0) break
      try {
        return { gateway: gateway.name, ...(await attempt(message, milliseconds)) }
      } catch (error) {
        const kind = error instanceof GatewayFailure ? error.kind : 'unavailable'
        last = error instanceof GatewayFailure ? error : cleaned(error)
        if (kind === 'invalid_number') throw PhoneInvalid(undefined, last)
        gatewayFailures.publish({ gateway: gateway.name, kind })
        const fields = { gateway: gateway.name, kind, err: last }
        if (kind === 'timeout') {
          log.warn(
            { event: 'sms_unknown', ...fields },
            'a gateway has not answered: the SMS may be on its way'
          )
          return { gateway: gateway.name }
        }
        if (!(error instanceof BrokenCircuitError) && kind !== 'unreachable')
          log.warn({ event: 'sms_gateway_failed', ...fields }, 'a gateway did not take a message')
      }
    }
    throw SmsUnavailable(undefined, last)
  }
}

interface Breaker {
  execute(work: () => Promise<Taken>): Promise<Taken>
}

function createRung(gateway: Gateway, breaker: Breaker) {
  return {
    gateway,
    attempt: (message: Outgoing, milliseconds: number) =>
      breaker.execute(() => inTime((signal) => gateway.send({ ...message, signal }), milliseconds))
  }
}

function createBreaker({ name }: Gateway, { probeMs }: LadderOptions, log: FastifyBaseLogger): Breaker {
  const breaker = circuitBreaker(handleWhen(isFault), {
    halfOpenAfter: probeMs,
    breaker: new SamplingBreaker({
      threshold: 0.5,
      duration: BREAK_MS,
      minimumRps: BREAK_FAILURES / (BREAK_MS / 1_000)
    })
  })
  breaker.onStateChange((state) => {
    if (state === CircuitState.Open)
      log.error({ event: 'sms_gateway_left', gateway: name }, 'a gateway fails and is left alone for a while')
    if (state === CircuitState.Closed)
      log.info({ event: 'sms_gateway_back', gateway: name }, 'a gateway takes messages again')
  })
  // While one message probes the gateway, cockatiel would make the others wait for its outcome.
  const isTrying = () => breaker.state === CircuitState.HalfOpen
  return {
    execute: async (work) => {
      if (isTrying()) throw new BrokenCircuitError()
      return breaker.execute(work)
    }
  }
}

/** Does not wait for the work that it aborts, because the gateway may never answer. @throws GatewayFailure `timeout` */
function inTime<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  milliseconds: number
): Promise<Result> {
  const patience = new AbortController()
  // Created when it is thrown: an error that p-timeout creates in advance costs a fiftieth of a send.
  const fallback = () => {
    patience.abort()
    throw new GatewayFailure('timeout', 'no answer in time')
  }
  return pTimeout(work(patience.signal), { milliseconds, fallback })
}

/** Whether the gateway is at fault, rather than the message. */
function isFault(error: Error): boolean {
  return !(
    error instanceof GatewayFailure && ['invalid_number', 'unreachable', 'rejected'].includes(error.kind)
  )
}

function cleaned(error: unknown): Error {
  const { name, message } = error instanceof Error ? error : new Error(String(error))
  return Object.assign(new Error(withoutDigits(message)), { name })
}
