import type { Cluster, Redis } from 'ioredis'
import { INBOX_KEY } from '../redis/sms-steps.ts'
import type { Outgoing } from './gateway.ts'
import type { Delivery } from './ladder.ts'

export interface SentMessage {
  /** E.164 */
  to: string
  text: string
  channel: 'sms' | 'telegram'
  /** ISO 8601 */
  sent_at: string
}

/** A message, and its position in the stream. */
export interface InboxEntry {
  id: string
  message: SentMessage
}

export type Inbox = ReturnType<typeof createInbox>

const KEPT = 200
const KEPT_SECONDS = 86_400

/** The last messages that any process sent, kept for a day: for developers, who do not have the citizens' phones. */
export function createInbox(redis: Redis | Cluster) {
  return { keep, newest, after }

  async function keep({ to, text }: Outgoing, { channel = 'sms' }: Delivery): Promise<void> {
    const message: SentMessage = { to, text, channel, sent_at: new Date().toISOString() }
    await Promise.all([
      redis.xadd(INBOX_KEY, 'MAXLEN', KEPT, '*', 'message', JSON.stringify(message)),
      redis.expire(INBOX_KEY, KEPT_SECONDS)
    ])
  }

  /** Newest first. */
  async function newest(): Promise<SentMessage[]> {
    const entries = await redis.xrevrange(INBOX_KEY, '+', '-')
    return entries.map((entry) => read(entry).message)
  }

  /** The messages after a position, oldest first; `0-0` comes before all. */
  async function after(id: string): Promise<InboxEntry[]> {
    const entries = await redis.xrange(INBOX_KEY, `(${id}`, '+')
    return entries.map(read)
  }
}

function read([id, [, message = '']]: [id: string, fields: string[]]): InboxEntry {
  return { id, message: JSON.parse(message) }
}
