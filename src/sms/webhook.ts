import { randomUUID } from 'node:crypto'
import type { Config } from '../config/settings.ts'
import { type Answer, type ClientOptions, createGatewayClient, kindOf } from './client.ts'
import type { FailureKind, Gateway } from './gateway.ts'
import { partsOf } from './parts.ts'
import { isFailureKind, refusalsOf } from './refusal.ts'
import { signatureOf } from './signature.ts'

const UNPROCESSABLE = 422

const refusal = refusalsOf('the webhook', 'WEBHOOK_SECRET on both sides')

/**
 * A script of the operator at WEBHOOK_URL: any 2xx means that it took the message. It recognizes us by X-Request-Signature,
 * the hex HMAC-SHA256 of X-Request-Timestamp (Unix seconds), a line feed and the body.
 */
export function createWebhookGateway(
  { url = '', secret = '' }: Config['webhook'],
  options: ClientOptions
): Gateway {
  const client = createGatewayClient(url, options)
  return {
    name: 'webhook',
    async send({ to, text, language, code, ttlSeconds, signal }) {
      const id = randomUUID()
      const body = JSON.stringify({ id, to, text, language, code, ttl_seconds: ttlSeconds })
      const timestamp = String(Math.floor(Date.now() / 1_000))
      const signature = signatureOf(secret, timestamp, body)
      const headers = { 'x-request-timestamp': timestamp, 'x-request-signature': signature }
      const answer = await client.ask({ headers, body, signal })
      if (answer.status >= 300) throw refusal(meaning(answer), answer.status)
      const { id: given, parts, cost } = answer.json
      return {
        providerId: typeof given === 'string' && given ? given : id,
        channel: 'sms',
        parts: isCount(parts) ? parts : partsOf(text),
        ...(isAmount(cost) && { cost })
      }
    },
    close: () => client.close()
  }
}

/** The failure that a script names with a 422 (`{"kind": "invalid_number"}`), or else the one its status implies. */
function meaning({ status, json: { kind } }: Answer): FailureKind {
  return status === UNPROCESSABLE && isFailureKind(kind) ? kind : kindOf(status)
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) > 0
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0
}
