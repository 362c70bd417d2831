import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Report } from './statistics.ts'

/** What a report says that is of use: that a message has arrived. Each spelling was seen of some provider. */
const ARRIVED = /^(delivered|delivrd|read)$/i

type Fields = Record<string, unknown>
type Reader = (body: Fields) => Report[]

/** Reads what a provider calls back with; what it does not say, or says oddly, is no report. */
export const readers: Record<string, Reader> = {
  // core.telegram.org/gateway/api, "Report Delivery"
  telegram: ({ request_id, phone_number, delivery_status }) =>
    report('telegram', request_id, phone_number, fieldsOf(delivery_status).status),
  // Eskiz, "callback_url": all strings
  eskiz: ({ request_id, phone_number, status }) => report('eskiz', request_id, phone_number, status),
  // The name is ours, and begins with the operator's prefix.
  playmobile: ({ messages }) =>
    (Array.isArray(messages) ? messages : []).map(fieldsOf).flatMap((message) => {
      const id = message['message-id']
      return report('playmobile', id, String(id).split('-')[0], message.status)
    }),
  // Twilio, "StatusCallback": a form
  twilio: ({ MessageSid, To, MessageStatus }) => report('twilio', MessageSid, To, MessageStatus),
  webhook: ({ id, phone_number, status }) => report('webhook', id, phone_number, status)
}

function report(gateway: string, id: unknown, phone: unknown, status: unknown): Report[] {
  const digits = String(phone).replace(/\D/g, '')
  if (typeof id !== 'string' || !id || !digits || !ARRIVED.test(String(status))) return []
  return [{ gateway, id, phone: `+${digits}`, stage: 'delivered' }]
}

export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}

/** A report that is older was recorded by somebody (seconds). */
const MAX_AGE_SECONDS = 300

/** Whether Telegram signed this (core.telegram.org/gateway/api, "Verifying report integrity"), and not long ago. */
export function isSignedByTelegram(
  token: string,
  { timestamp, signature, body }: { timestamp: string; signature: string; body: Buffer },
  now = Date.now()
): boolean {
  if (!(Math.abs(now / 1_000 - Number(timestamp)) <= MAX_AGE_SECONDS)) return false
  const key = createHash('sha256').update(token).digest()
  const expected = createHmac('sha256', key).update(`${timestamp}\n`).update(body).digest('hex')
  return isSame(expected, signature.toLowerCase())
}

/** Compares without telling by its time how much is right. */
export function isSame(expected: string, given: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(expected), digest(given))
}
