import type { FastifyBaseLogger } from 'fastify'
import type { Language } from '../text/language.ts'

/** What a gateway carries to a citizen. */
export interface Message {
  /** E.164 */
  to: string
  text: string
  language: Language
  /** The code of the text, for gateways that take it alone; none in a notice. */
  code?: string
  /** Seconds for which it is of use. */
  ttlSeconds: number
  /** Aborted when it is not waited for any more. */
  signal: AbortSignal
}

/** A message before a gateway is chosen for it. */
export type Outgoing = Omit<Message, 'signal'>

/** What a gateway said of a message that it took. */
export interface Taken {
  /** The gateway's name of it, which its reports quote. */
  providerId: string
  channel: 'sms' | 'telegram'
  /** Messages that it counts as; a long text is several. */
  parts: number
  /** In the gateway's currency, where it says. */
  cost?: number
}

/** Whoever carries messages. */
export interface Gateway {
  readonly name: string
  /** @throws GatewayFailure, or whatever its connection throws */
  send(message: Message): Promise<Taken>
  /** Whether a message that was taken has arrived: one that has not goes by the next gateway. */
  isDelivered?(providerId: string, signal: AbortSignal): Promise<boolean>
  /** Tells the gateway that its code was used. */
  noteUsed?(providerId: string, code: string, signal: AbortSignal): Promise<void>
  /** Begins what the gateway looks after by itself and warns of, such as money, and whether it carries these texts. */
  start?(log: FastifyBaseLogger, texts: readonly string[]): void
  /** What is left of the operator's money, in words. */
  balance?(signal: AbortSignal): Promise<string>
  close?(): Promise<void>
}

/** Why a message was not taken, and what that means for the other gateways. */
export type FailureKind =
  /** No phone has this number: nobody can reach it. */
  | 'invalid_number'
  /** This gateway cannot reach it, e.g. because it has no account there. */
  | 'unreachable'
  /** The text, its sender or the call itself: an operator has to mend it. */
  | 'rejected'
  | 'auth'
  | 'balance'
  | 'rate_limited'
  | 'unavailable'
  /** It may have been taken. */
  | 'timeout'

/** A gateway did not take a message. Its sentence is the provider's, without anything that could be a code or a number. */
export class GatewayFailure extends Error {
  override name = 'GatewayFailure'
  readonly kind: FailureKind

  constructor(kind: FailureKind, message: string, options?: ErrorOptions) {
    super(`${kind}: ${withoutDigits(message)}`, options)
    this.kind = kind
  }
}

const MESSAGE_LENGTH = 200

/** Four digits or more, as people write them: +998 (90) 123-45-67. */
const DIGITS = /\p{Nd}(?:[\s().\p{Pd}]*\p{Nd}){3,}/gu

/** Masks codes and phone numbers: a provider may quote the message that it refuses. */
export function withoutDigits(text: string): string {
  return text.replace(DIGITS, '****').slice(0, MESSAGE_LENGTH)
}
