import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import fc from 'fast-check'

/** What is done to the bytes of a request: nothing, or what no client library would do. */
export type Damage =
  | {
      kind:
        | 'none'
        | 'chunked'
        | 'twoLengths'
        | 'lineFeeds'
        | 'oldHttp'
        | 'pipelined'
        | 'hugeHeader'
        | 'expect'
    }
  | { kind: 'cut'; share: number }
  | { kind: 'length'; more: number }
  | { kind: 'byte'; share: number; byte: number }

export interface FuzzRequest {
  method: string
  /** As it stands in the request line. */
  url: string
  headers: Record<string, string>
  body?: string | Uint8Array
  /** If set, the request goes through a socket with this damage; otherwise it is injected. */
  wire?: Damage
}

const kinds = ['chunked', 'twoLengths', 'lineFeeds', 'oldHttp', 'pipelined', 'hugeHeader', 'expect'] as const
const share = fc.double({ min: 0, max: 1, noNaN: true })

export const damage: fc.Arbitrary<Damage> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Damage>({ kind: 'none' }) },
  fc.constantFrom(...kinds).map((kind): Damage => ({ kind })),
  fc.record({ kind: fc.constant('cut'), share }),
  fc.record({ kind: fc.constant('length'), more: fc.integer({ min: -10, max: 100_000 }) }),
  fc.record({ kind: fc.constant('byte'), share, byte: fc.integer({ min: 0, max: 255 }) })
)

/** The bytes of the request, with the damage done to them. */
export function bytesOf({ method, url, headers, body = '', wire = { kind: 'none' } }: FuzzRequest): Buffer {
  const content = Buffer.from(body)
  const length = content.length + (wire.kind === 'length' ? wire.more : 0)
  const framing =
    wire.kind === 'chunked'
      ? ['transfer-encoding: chunked']
      : content.length > 0 || wire.kind === 'length'
        ? [`content-length: ${length}`]
        : []
  if (wire.kind === 'twoLengths') framing.push('content-length: 1', 'transfer-encoding: chunked')
  if (wire.kind === 'hugeHeader') framing.push(`x-huge: ${'x'.repeat(70_000)}`)
  if (wire.kind === 'expect') framing.push('expect: 100-continue')
  const named = Object.entries({ host: '127.0.0.1', ...headers }).map(([name, value]) => `${name}: ${value}`)
  const start = `${method} ${url} HTTP/1.${wire.kind === 'oldHttp' ? 0 : 1}`
  const head = [start, ...named, ...framing, '', ''].join(wire.kind === 'lineFeeds' ? '\n' : '\r\n')
  const chunked = wire.kind === 'chunked' && content.length > 0
  const whole = Buffer.concat([
    Buffer.from(head, 'latin1'),
    ...(chunked
      ? [Buffer.from(`${content.length.toString(16)}\r\n`), content, Buffer.from('\r\n0\r\n\r\n')]
      : [content])
  ])
  if (wire.kind === 'pipelined') return Buffer.concat([whole, whole, whole])
  if (wire.kind === 'cut') return whole.subarray(0, Math.floor(whole.length * wire.share))
  if (wire.kind === 'byte') whole[Math.floor((whole.length - 1) * wire.share)] = wire.byte
  return whole
}

/** Sends bytes over a new connection, half-closes it and returns everything that comes back. */
export async function exchange(port: number, bytes: Buffer): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' })
  // The service may hang up in the middle of a request that it refuses.
  socket.on('error', () => {})
  socket.setTimeout(5_000, () => socket.destroy(new Error('no answer')))
  await once(socket, 'connect')
  socket.end(bytes)
  return text(socket).catch(() => '')
}
