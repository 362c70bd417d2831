import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

type Instance =
  /** `serve` sets the address that later instances are told. */
  | { isFirst: true; serve(address: string): void; close(): void }
  /** Empty while the first instance is still starting. */
  | { isFirst: false; address: string }

/**
 * Makes this process the user's only `npm run dev` on these stores, or returns where the running one serves. A Unix socket
 * holds the place: it ends with its process, however that dies, and needs no process id.
 */
export async function singleInstance(stores: string): Promise<Instance> {
  const path = socketOf(stores)
  let served = ''
  const server = createServer((socket) => socket.on('error', () => {}).end(served))
  try {
    await once(server.listen(path), 'listening')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error
    const address = await ask(path)
    if (address !== undefined) return { isFirst: false, address }
    // Left behind by a process that was killed.
    await rm(path, { force: true })
    return singleInstance(stores)
  }
  // The socket must not keep the process alive.
  server.unref()
  const serve = (address: string) => {
    served = address
  }
  return { isFirst: true, serve, close: () => void server.close() }
}

/** In the temporary folder: the checkout's file system may not support sockets, and the path must be short. */
function socketOf(stores: string): string {
  const name = createHash('sha256').update(`${process.getuid?.()} ${stores}`).digest('hex').slice(0, 16)
  return join(tmpdir(), `citizen-auth-${name}.sock`)
}

/** What the process at the socket says; undefined when there is none. */
async function ask(path: string): Promise<string | undefined> {
  const socket = connect(path)
  return text(socket).catch(() => undefined)
}
