import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

type Instance =
  /** `serve` tells later ones the address. */
  | { isFirst: true; serve(address: string): void; close(): void }
  /** Empty while the first is still starting. */
  | { isFirst: false; address: string }

/**
 * Makes this process the only `npm run dev` of this user on some stores, or tells where the one that runs serves. A socket
 * of the system keeps the place: it ends with its process, however that dies, and needs no process number.
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
    // Of one that was killed.
    await rm(path, { force: true })
    return singleInstance(stores)
  }
  // Nothing is to wait for it.
  server.unref()
  const serve = (address: string) => {
    served = address
  }
  return { isFirst: true, serve, close: () => void server.close() }
}

/** In the folder of temporary files: that of the checkout may be of a kind that has no sockets, and the name must be short. */
function socketOf(stores: string): string {
  const name = createHash('sha256').update(`${process.getuid?.()} ${stores}`).digest('hex').slice(0, 16)
  return join(tmpdir(), `citizen-auth-${name}.sock`)
}

/** What the process there says; undefined when there is none. */
async function ask(path: string): Promise<string | undefined> {
  const socket = connect(path)
  return text(socket).catch(() => undefined)
}
