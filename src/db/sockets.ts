import { urlsOfHosts } from '../config/hosts.ts'
import { findPrimary } from './primary.ts'
import { ImpatientSocket, type Target } from './socket.ts'

/** What is under way on a connection that is to end may still be answered for so long (ms). */
const LAST_REPLIES_MS = 50

/** The connections of a pool, each of which leads to the host that takes writes. */
export function createSockets(url: string, silenceMs: number) {
  const hasSeveralHosts = urlsOfHosts(url).length > 1
  const open = new Set<ImpatientSocket>()
  /** Where it was found; undefined when it has to be looked for. */
  let primary: Promise<Target> | undefined
  let look: Promise<void> | undefined
  return { connect, renew }

  /** For postgres.js, which waits for ever on a server that went silent, and so would every request that needs the pool. */
  async function connect(only: Target): Promise<ImpatientSocket> {
    const socket = new ImpatientSocket(silenceMs, () => {
      open.delete(socket)
      primary = undefined
    })
    open.add(socket)
    // Not thrown: postgres.js would never use this connection again.
    await target(only).then(
      (found) => socket.reach(found),
      (error: Error) => socket.refuse(error)
    )
    return socket
  }

  async function target(only: Target): Promise<Target> {
    if (!hasSeveralHosts) return only
    primary ??= findPrimary(url)
    return await primary
  }

  /** For a server that takes no writes any more: its connections end, if there is now another one that does. */
  function renew(): Promise<void> {
    look ??= findPrimary(url)
      .then((found) => {
        primary = Promise.resolve(found)
        const moved = Object.assign(new Error('another PostgreSQL takes the writes'), { code: 'ECONNRESET' })
        for (const socket of [...open]) {
          socket.refuse(moved)
          setTimeout(() => socket.destroy(moved), LAST_REPLIES_MS)
        }
      })
      // It stays: what only reads is still answered.
      .catch(() => {})
      .finally(() => {
        look = undefined
      })
    return look
  }
}
