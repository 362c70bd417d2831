import { randomUUID } from 'node:crypto'
import { createWriteStream, type WriteStream } from 'node:fs'
import type { Gateway } from './gateway.ts'

/** A gateway that sends nothing: it appends each message to a file if one is named. */
export function createMockGateway({ file }: { file?: string | undefined } = {}) {
  const lines = file ? appendTo(file) : undefined
  return {
    name: 'mock',
    async send({ to, text }) {
      await lines?.append(`${JSON.stringify({ to, text, sent_at: new Date().toISOString() })}\n`)
      return { providerId: randomUUID(), channel: 'sms', parts: 1, cost: 0 }
    },
    close: async () => lines?.close()
  } satisfies Gateway
}

/** Opens the file at the first line and keeps it open; reopens it after an error. */
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
