import { randomUUID } from 'node:crypto'
import { createWriteStream, type WriteStream } from 'node:fs'
import type { Gateway } from './gateway.ts'

export interface SentMessage {
  /** E.164 */
  to: string
  text: string
  /** ISO 8601 */
  sent_at: string
}

export interface MockGateway extends Gateway {
  /** The last messages, newest first. */
  inbox(): readonly SentMessage[]
  close(): Promise<void>
}

export function isMockGateway(gateway: Gateway): gateway is MockGateway {
  return 'inbox' in gateway
}

const KEPT = 200

/** A gateway that sends nothing: it keeps the last 200 messages, and appends each to a file when one is named. */
export function createMockGateway({ file }: { file?: string | undefined } = {}): MockGateway {
  const messages: SentMessage[] = []
  const lines = file ? appendTo(file) : undefined
  return {
    inbox: () => messages,
    name: 'mock',
    async send({ to, text }) {
      const message = { to, text, sent_at: new Date().toISOString() }
      await lines?.append(`${JSON.stringify(message)}\n`)
      messages.unshift(message)
      messages.splice(KEPT)
      return { providerId: randomUUID(), channel: 'sms', parts: 1, cost: 0 }
    },
    close: async () => lines?.close()
  }
}

/** Keeps the file open from the first line on; after an error it is opened anew. */
function appendTo(file: string) {
  let stream: WriteStream | undefined
  return {
    append(line: string): Promise<void> {
      stream ??= createWriteStream(file, { flags: 'a' }).on('error', () => {
        stream = undefined
      })
      const opened = stream
      return new Promise((resolve, reject) => {
        opened.write(line, (error) => (error ? reject(error) : resolve()))
      })
    },
    async close(): Promise<void> {
      await new Promise<void>((resolve) => (stream ? stream.end(resolve) : resolve()))
      stream = undefined
    }
  }
}
