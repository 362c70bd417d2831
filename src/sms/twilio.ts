import type { Config } from '../config/settings.ts'
import { type Answer, type ClientOptions, createGatewayClient, kindOf, wordOf } from './client.ts'
import type { FailureKind, Gateway } from './gateway.ts'
import { partsOf } from './parts.ts'
import { refusalsOf } from './refusal.ts'

/** How long a message may wait at Twilio at most, in seconds (twilio.com/docs/api/errors/90007). */
const VALIDITY_SECONDS = 36_000

/** From twilio.com/docs/api/errors; for any other code, the HTTP status says enough. */
const KINDS: Record<number, FailureKind> = {
  20003: 'auth',
  // The account is not active, most often for lack of money.
  10001: 'balance',
  20005: 'balance',
  30002: 'balance',
  14107: 'rate_limited',
  20429: 'rate_limited',
  30001: 'rate_limited',
  21211: 'invalid_number',
  21217: 'invalid_number',
  21614: 'invalid_number',
  30005: 'invalid_number',
  // Region not permitted, unsubscribed, no route from this sender, switched off, blocked, a landline.
  21408: 'unreachable',
  21610: 'unreachable',
  21612: 'unreachable',
  30003: 'unreachable',
  30004: 'unreachable',
  30006: 'unreachable',
  // Filtered as spam.
  30007: 'rejected',
  // Maintenance, and errors unknown to Twilio.
  21730: 'unavailable',
  30008: 'unavailable'
}

const refusal = refusalsOf('Twilio', 'TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN')

export type TwilioConfig = Config['twilio'] & {
  /** Where Twilio reports what became of a message. */
  callbackUrl?: string | undefined
}

/** Twilio, by its Messages resource (2010-04-01). */
export function createTwilioGateway(
  { url, accountSid = '', authToken = '', from = '', callbackUrl }: TwilioConfig,
  options: ClientOptions
): Gateway {
  const client = createGatewayClient(url, options)
  const account = `2010-04-01/Accounts/${encodeURIComponent(accountSid)}`
  const headers = { authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}` }
  const sender = /^MG[0-9a-f]{32}$/i.test(from) ? { MessagingServiceSid: from } : { From: from }
  return {
    name: 'twilio',
    async send({ to, text, ttlSeconds, signal }) {
      const validity = Math.min(Math.max(Math.ceil(ttlSeconds), 1), VALIDITY_SECONDS)
      const fields = { To: to, ...sender, Body: text, ValidityPeriod: String(validity) }
      const report = callbackUrl && { StatusCallback: callbackUrl }
      const body = new URLSearchParams({ ...fields, ...report })
      const answer = await client.ask({ path: `${account}/Messages.json`, headers, body, signal })
      const { sid, num_segments, price } = answer.json
      const kind = failureOf(answer)
      if (kind || typeof sid !== 'string' || !sid) throw refusal(kind ?? 'unavailable', answer.status)
      const cost = Math.abs(amountOf(price))
      return {
        providerId: sid,
        channel: 'sms',
        // A messaging service counts later, and reports 0 for now.
        parts: amountOf(num_segments) || partsOf(text),
        ...(cost > 0 && { cost })
      }
    },
    async balance(signal) {
      const answer = await client.ask({ method: 'GET', path: `${account}/Balance.json`, headers, signal })
      const { balance, currency } = answer.json
      const kind = failureOf(answer)
      if (kind || typeof balance !== 'string') throw refusal(kind ?? 'unavailable', answer.status)
      return typeof currency === 'string' ? `${balance} ${currency}` : balance
    },
    close: () => client.close()
  }
}

/** Why Twilio did not take a message: the `code` of an error, or the `error_code` of a message that failed at once. */
function failureOf({ status, json }: Answer): FailureKind | undefined {
  const code = wordOf(json.code) || wordOf(json.error_code)
  if (status < 300 && !code) return undefined
  return KINDS[Number(code)] ?? kindOf(status)
}

/** Twilio sends numbers as text; 0 if there is none. */
function amountOf(value: unknown): number {
  return Number(wordOf(value)) || 0
}
