import type { FastifyBaseLogger } from 'fastify'
import type { Language } from '../text/language.ts'

/** A message to a citizen, as a gateway gets it. */
export interface Message {
  /** E.164 */
  to: string
  text: string
  language: Language
  /** The code in the text, for gateways that send only the code; a notice has none. */
  code?: string
  /** How long the message is of use, in seconds. */
  ttlSeconds: number
  /** Aborted once nobody waits for the message any more. */
  signal: AbortSignal
}

/** A message for which no gateway is chosen yet. */
export type Outgoing = Omit<Message, 'signal'>

/** What a gateway says about a message that it accepted. */
export interface Taken {
  /** The gateway's id of the message, which its reports quote. */
  providerId: string
  channel: 'sms' | 'telegram'
  /** How many messages it is billed as; a long text counts as several. */
  parts: number
  /** In the gateway's currency, if it says. */
  cost?: number
}

/** A provider that carries messages. */
export interface Gateway {
  readonly name: string
  /** @throws GatewayFailure, or whatever its connection throws */
  send(message: Message): Promise<Taken>
  /** Whether an accepted message has arrived: if not, it goes through the next gateway. */
  isDelivered?(providerId: string, signal: AbortSignal): Promise<boolean>
  /** Tells the gateway that its code was used. */
  noteUsed?(providerId: string, code: string, signal: AbortSignal): Promise<void>
  /** Starts the gateway's own checks, which warn e.g. about its balance or about texts that it will not carry. */
  start?(log: FastifyBaseLogger, texts: readonly string[]): void
  /** The operator's remaining balance, in words. */
  balance?(signal: AbortSignal): Promise<string>
  close?(): Promise<void>
}

/** Why a message was not accepted, and what that means for the other gateways. */
export type FailureKind =
  /** No phone has this number, so no gateway can reach it. */
  | 'invalid_number'
  /** This gateway cannot reach the number, e.g. because it has no account there. */
  | 'unreachable'
  /** The text, its sender or the call itself is wrong: an operator has to fix it. */
  | 'rejected'
  | 'auth'
  | 'balance'
  | 'rate_limited'
  | 'unavailable'
  /** The message may have been accepted. */
  | 'timeout'

/** A gateway did not accept a message. What it said is masked where four or more digits could be a code or a number. */
export class GatewayFailure extends Error {
  override name = 'GatewayFailure'
  readonly kind: FailureKind

  constructor(kind: FailureKind, message: string, options?: ErrorOptions) {
    super(`${kind}: ${withoutDigits(message)}`, options)
    this.kind = kind
  }
}

const MESSAGE_LENGTH = 200

/** Four digits or more, as people and machines write them: +998 (90) 123-45-67, 482_913. */
const DIGITS = /\p{Nd}(?:[\s().,/_*·\u2043\u2212\u2800\p{Pd}\p{Cf}]*\p{Nd}){3,}/gu

/** Masks codes and phone numbers: a provider may quote the message that it refuses. */
export function withoutDigits(text: string): string {
  return text.replace(DIGITS, '****').slice(0, MESSAGE_LENGTH)
}
