import { randomUUID } from 'node:crypto'
import type { Config } from '../config/settings.ts'
import { operatorPrefix } from '../phone.ts'
import { type Answer, type ClientOptions, createGatewayClient, kindOf, wordOf } from './client.ts'
import type { FailureKind, Gateway, GatewayFailure } from './gateway.ts'
import { partsOf } from './parts.ts'
import { refusalsOf } from './refusal.ts'
import { uzbekDigits } from './uzbek-digits.ts'

const KINDS: Record<number, FailureKind> = {
  // An internal error.
  100: 'unavailable',
  // The account is locked.
  102: 'auth',
  // We sent no recipient.
  202: 'rejected'
}

const refusal = refusalsOf('Play Mobile', 'PLAYMOBILE_LOGIN and PLAYMOBILE_PASSWORD')

/** Play Mobile (send.smsxabar.uz), by its broker API (wiki.playmobile.uz). */
export function createPlaymobileGateway(
  { url, login = '', password = '', originator }: Config['playmobile'],
  options: ClientOptions
): Gateway {
  const client = createGatewayClient(url, options)
  const headers = { authorization: `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}` }
  return {
    name: 'playmobile',
    async send({ to, text, ttlSeconds, signal }) {
      const recipient = uzbekDigits(to)
      // The id begins with the operator's prefix, so reports can be counted per operator.
      const id = `${operatorPrefix(to).slice(1)}-${randomUUID()}`
      const sms = { originator, ttl: ttlSeconds, content: { text } }
      const body = { messages: [{ recipient, 'message-id': id, sms }] }
      const answer = await client.ask({ path: 'broker-api/send', headers, body, signal })
      if (!isTaken(answer)) throw failureOf(answer)
      return { providerId: id, channel: 'sms', parts: partsOf(text) }
    },
    close: () => client.close()
  }
}

/** Play Mobile confirms in plain text (`Request is received`); the error page of a proxy on the way is not plain text. */
function isTaken(answer: Answer): boolean {
  return answer.status < 300 && /^\s*[^<\s]/.test(answer.text) && codeOf(answer) === ''
}

function failureOf(answer: Answer): GatewayFailure {
  const code = codeOf(answer)
  const kind = KINDS[Number(code)] ?? kindOf(answer.status)
  const sentence = code === '102' ? 'has locked the account: call it' : undefined
  return refusal(kind, answer.status, sentence)
}

/** The documentation spells the field with an underscore; clients have found a hyphen. */
function codeOf({ json }: Answer): string {
  return wordOf(json.error_code ?? json['error-code'])
}
