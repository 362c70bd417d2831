import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { Test } from 'tap'

const message = (type: string, ...parts: (string | Buffer)[]) => {
  const body = Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(`${part}\0`) : part))
  )
  const length = Buffer.alloc(4)
  length.writeInt32BE(4 + body.length)
  return Buffer.concat([Buffer.from(type), length, body])
}
const int32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
const int16 = (value: number) => int32(value).subarray(2)
const READY = message('Z', Buffer.from('I'))
const PROCESS = 7

/** One row of one column, encoded as in "Message Formats". */
const row = (name: string, type: number, value: string) => [
  message('T', int16(1), name, int32(0), int16(0), int32(type), int16(4), int32(-1), int16(0)),
  message('D', int16(1), int32(value.length), Buffer.from(value)),
  message('C', 'SELECT 1')
]

/** A PostgreSQL that says whether it takes writes, and can change, like a standby that is promoted. */
export async function createFakeServer(t: Test, takesWrites: boolean) {
  const server = { takesWrites, written: 0, port: 0 }
  const answer = (query: string) => {
    if (query.includes('pg_backend_pid')) return row('pid', 23, String(PROCESS))
    if (query.includes('transaction_read_only'))
      return row('takes_writes', 16, server.takesWrites ? 't' : 'f')
    if (!query.startsWith('insert')) return row('answer', 25, 'yes')
    if (!server.takesWrites) return [message('E', 'SERROR', 'C25006', 'Mof the test', Buffer.from([0]))]
    server.written += 1
    return [message('C', 'INSERT 0 1')]
  }
  const open = new Set<Socket>()
  const listener = createServer((socket) => {
    open.add(socket)
    // A session keeps the state it began with, like one on a server that was demoted behind its back.
    const began = server.takesWrites
    socket.once('data', () => {
      socket.write(Buffer.concat([message('R', int32(0)), message('K', int32(PROCESS), int32(1)), READY]))
      socket.on('data', (bytes) => {
        const now = server.takesWrites
        server.takesWrites = began && now
        // A client may send several queries at once: each has a type, a length and a text.
        for (let at = 0; at < bytes.length; at += 1 + bytes.readInt32BE(at + 1)) {
          if (bytes[at] !== 'Q'.charCodeAt(0)) continue
          const query = bytes.toString('utf8', at + 5, at + bytes.readInt32BE(at + 1))
          socket.write(Buffer.concat([...answer(query), READY]))
        }
        server.takesWrites = now
      })
    })
    socket.on('error', () => {}).on('close', () => open.delete(socket))
  })
  await once(listener.listen(0, '127.0.0.1'), 'listening')
  server.port = (listener.address() as AddressInfo).port
  const stop = async () => {
    for (const socket of open) socket.destroy()
    if (listener.listening) await once(listener.close(), 'close')
  }
  t.teardown(stop)
  return Object.assign(server, { stop })
}
