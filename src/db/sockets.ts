import { urlsOfHosts } from '../config/hosts.ts'
import { findPrimary } from './primary.ts'
import { ImpatientSocket, type Target } from './socket.ts'

/** How long a connection that is about to be closed may still receive replies (ms). */
const LAST_REPLIES_MS = 50

/** Opens the sockets of a pool, each to the host that accepts writes. */
export function createSockets(url: string, silenceMs: number) {
  const hasSeveralHosts = urlsOfHosts(url).length > 1
  const open = new Set<ImpatientSocket>()
  /** Where the primary was found; undefined when it must be looked for. */
  let primary: Promise<Target> | undefined
  let look: Promise<void> | undefined
  return { connect, renew }

  /** Opens a socket that closes if the server goes silent: postgres.js would wait forever, and so would all who need the pool. */
  async function connect(only: Target): Promise<ImpatientSocket> {
    const socket = new ImpatientSocket(silenceMs, () => {
      open.delete(socket)
      primary = undefined
    })
    open.add(socket)
    // The error is not thrown: postgres.js would never use this connection again.
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

  /** Call when a server no longer accepts writes: closes all connections once a host is found that does. */
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
      // No host accepts writes: the connections stay, so that reads are still answered.
      .catch(() => {})
      .finally(() => {
        look = undefined
      })
    return look
  }
}
