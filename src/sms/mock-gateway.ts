import { appendFile } from 'node:fs/promises'
import type { SmsGateway } from '../plugins/sms.ts'

export interface SentMessage {
  /** E.164 */
  to: string
  text: string
  /** ISO 8601 */
  sent_at: string
}

export interface MockGateway extends SmsGateway {
  /** The last messages, newest first. */
  inbox(): readonly SentMessage[]
}

const KEPT = 200

/** A gateway that sends nothing: it keeps the last 200 messages, and appends each to a file when one is named. */
export function createMockGateway({ file }: { file?: string | undefined } = {}): MockGateway {
  const messages: SentMessage[] = []
  return {
    inbox: () => messages,
    async deliver(to, text) {
      const message = { to, text, sent_at: new Date().toISOString() }
      if (file) await appendFile(file, `${JSON.stringify(message)}\n`)
      messages.unshift(message)
      messages.splice(KEPT)
    }
  }
}
