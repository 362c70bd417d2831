import { createHash } from 'node:crypto'
import { operatorPrefix } from '../phone.ts'
import { isSameSecret } from '../text/secret.ts'
import { fieldsOf, wordOf } from './client.ts'
import { signatureOf } from './signature.ts'
import type { Report } from './statistics.ts'

/** What a report says that is of use: that a message has arrived. Each spelling was seen of some provider. */
const ARRIVED = /^(delivered|delivrd|read)$/i

type Fields = Record<string, unknown>
type Reader = (body: Fields) => Report[]
type Whose = Pick<Report, 'prefix' | 'phone'>

/** Reads what a provider calls back with; what it does not say, or says oddly, is no report. */
export const readers: Record<string, Reader> = {
  // core.telegram.org/gateway/api, "Report Delivery"
  telegram: ({ request_id, phone_number, delivery_status }) =>
    report('telegram', request_id, fieldsOf(delivery_status).status, ofNumber(phone_number)),
  // Eskiz, "callback_url": all strings
  eskiz: ({ request_id, phone_number, status }) =>
    report('eskiz', request_id, status, ofNumber(phone_number)),
  playmobile: ({ messages }) =>
    (Array.isArray(messages) ? messages : [])
      .map(fieldsOf)
      .flatMap(({ status, 'message-id': id }) => report('playmobile', id, status, ofOurName(id))),
  // Twilio, "StatusCallback": a form
  twilio: ({ MessageSid, To, MessageStatus }) => report('twilio', MessageSid, MessageStatus, ofNumber(To)),
  webhook: ({ id, phone_number, status }) => report('webhook', id, status, ofNumber(phone_number))
}

function report(gateway: string, id: unknown, status: unknown, whose: Whose | undefined): Report[] {
  if (!whose || !wordOf(id) || !ARRIVED.test(wordOf(status))) return []
  return [{ gateway, id: wordOf(id), ...whose, stage: 'delivered' }]
}

/** Of a number in E.164, which providers write with its plus or without it. */
function ofNumber(number: unknown): Whose | undefined {
  const digits = wordOf(number).replace(/\D/g, '')
  const phone = `+${digits}`
  return /^\d{9,15}$/.test(digits) ? { prefix: operatorPrefix(phone), phone } : undefined
}

/** Of a name that playmobile.ts made, which begins with the operator's prefix. */
function ofOurName(name: unknown): Whose | undefined {
  const [, digits] = /^(\d{5})-/.exec(wordOf(name)) ?? []
  return digits ? { prefix: `+${digits}` } : undefined
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
  return isSameSecret(signatureOf(key, timestamp, body), signature.toLowerCase())
}
