import { createHash } from 'node:crypto'
import { operatorPrefix } from '../phone.ts'
import { isSameSecret } from '../text/secret.ts'
import { fieldsOf, wordOf } from './client.ts'
import { signatureOf } from './signature.ts'
import type { Report } from './statistics.ts'

/** The only useful news in a report is that the message arrived. Each spelling was seen from some provider. */
const ARRIVED = /^(delivered|delivrd|read)$/i

type Fields = Record<string, unknown>
type Reader = (body: Fields) => Report[]
type Whose = Pick<Report, 'prefix' | 'phone'>

/** Parse the callbacks of each provider; missing or malformed fields yield no report. */
export const readers: Record<string, Reader> = {
  // core.telegram.org/gateway/api, "Report Delivery"
  telegram: ({ request_id, phone_number, delivery_status }) =>
    report('telegram', request_id, fieldsOf(delivery_status).status, ofNumber(phone_number)),
  // Eskiz, "callback_url": all fields are strings
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

/** Whose message it is, by a number in E.164, which providers write with or without its plus. */
function ofNumber(number: unknown): Whose | undefined {
  const digits = wordOf(number).replace(/\D/g, '')
  const phone = `+${digits}`
  return /^\d{9,15}$/.test(digits) ? { prefix: operatorPrefix(phone), phone } : undefined
}

/** Whose message it is, by an id made by playmobile.ts, which begins with the operator's prefix. */
function ofOurName(name: unknown): Whose | undefined {
  const [, digits] = /^(\d{5})-/.exec(wordOf(name)) ?? []
  return digits ? { prefix: `+${digits}` } : undefined
}

/** How old a report may be, in seconds: an older one may be a replay. */
const MAX_AGE_SECONDS = 300

/** Whether Telegram signed this recently (core.telegram.org/gateway/api, "Verifying report integrity"). */
export function isSignedByTelegram(
  token: string,
  { timestamp, signature, body }: { timestamp: string; signature: string; body: Buffer },
  now = Date.now()
): boolean {
  if (!(Math.abs(now / 1_000 - Number(timestamp)) <= MAX_AGE_SECONDS)) return false
  const key = createHash('sha256').update(token).digest()
  return isSameSecret(signatureOf(key, timestamp, body), signature.toLowerCase())
}
