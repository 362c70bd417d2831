import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { operatorPrefix } from '../phone.ts'
import { fieldsOf, wordOf } from './client.ts'
import type { Report } from './statistics.ts'

/** What a report says that is of use: that a message has arrived. Each spelling was seen of some provider. */
const ARRIVED = /^(delivered|delivrd|read)$/i

/** E.164 without the plus. */
const NUMBER = /^\d{9,15}$/
/** For the digits of a number that are not told. */
const UNKNOWN = '0000000'

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
      const [, prefix] = /^(\d{5})-/.exec(String(id)) ?? []
      return prefix ? report('playmobile', id, `${prefix}${UNKNOWN}`, message.status).map(withoutPhone) : []
    }),
  // Twilio, "StatusCallback": a form
  twilio: ({ MessageSid, To, MessageStatus }) => report('twilio', MessageSid, To, MessageStatus),
  webhook: ({ id, phone_number, status }) => report('webhook', id, phone_number, status)
}

function report(gateway: string, id: unknown, phone: unknown, status: unknown): Report[] {
  const digits = wordOf(phone).replace(/\D/g, '')
  if (!wordOf(id) || !NUMBER.test(digits) || !ARRIVED.test(wordOf(status))) return []
  const e164 = `+${digits}`
  return [{ gateway, id: wordOf(id), prefix: operatorPrefix(e164), phone: e164, stage: 'delivered' }]
}

function withoutPhone({ phone: _, ...report }: Report): Report {
  return report
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
