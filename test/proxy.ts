import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { Test } from 'tap'

/** What becomes of a piece that one end sent; ends when the next piece may follow. */
type Mode = (piece: Buffer, to: Socket, isReply: boolean) => unknown

const TRICKLE = { bytes: 16, ms: 20 }

/** The network between the app and a store, for tests of what happens when it fails. Forwards until told otherwise. */
export async function createProxy(t: Pick<Test, 'teardown'>, targetHost: string, targetPort: number) {
  const links = new Set<[Socket, Socket]>()
  let mode: Mode = pass
  let change = () => {}
  let target = { host: targetHost, port: targetPort }
  const server = createServer((client) => {
    const link: [Socket, Socket] = [client, connect(target)]
    const [, store] = link
    links.add(link)
    for (const [from, to] of [
      [client, store],
      [store, client]
    ] as const) {
      from.on('error', () => to.destroy()).on('close', () => to.destroySoon())
      void pump(from, to, from === store).catch(() => to.destroy())
    }
    client.on('close', () => links.delete(link))
  })
  const listen = async (port: number) => once(server.listen(port, '127.0.0.1'), 'listening')
  await listen(0)
  const { port } = server.address() as AddressInfo

  async function pump(from: Socket, to: Socket, isReply: boolean): Promise<void> {
    for await (const piece of from) await mode(piece, to, isReply)
    to.end()
  }

  function become(next: Mode): void {
    mode = next
    change()
  }

  /** Ends every open connection; new ones are treated as before. */
  const cut = () => {
    for (const socket of [...links].flat()) socket.destroy()
  }
  /** Lets everything through, also what was held back by `hang`. */
  const forward = async () => {
    become(pass)
    if (!server.listening) await listen(port)
  }
  /** Accepts connections and lets nothing through, in neither direction, on old and new ones. */
  const hang = () => {
    let release = () => {}
    const changed = new Promise<void>((resolve) => {
      release = resolve
    })
    become(async (piece, to, isReply) => {
      await changed
      await mode(piece, to, isReply)
    })
    change = release
  }
  /** Each piece needs so long (ms). */
  const slow = (ms: number) =>
    become(async (piece, to) => {
      await wait(ms)
      await pass(piece, to)
    })
  /** A few bytes at a time; what is left of a piece follows at once when the trickle ends. */
  const trickle = () => {
    const drip: Mode = async (piece, to) => {
      let at = 0
      for (; at < piece.length && mode === drip; at += TRICKLE.bytes) {
        await wait(TRICKLE.ms)
        await pass(piece.subarray(at, at + TRICKLE.bytes), to)
      }
      await pass(piece.subarray(at), to)
    }
    become(drip)
  }
  /** Ends connections in the middle of a reply, one of so many. */
  const cutReplies = (oneOf: number) => {
    let replies = 0
    become(async (piece, to, isReply) => {
      if (!isReply || ++replies % oneOf > 0) return pass(piece, to)
      await pass(piece.subarray(0, piece.length >> 1), to)
      to.destroySoon()
    })
  }
  /** Ends the connection in the middle of the next reply that has this in it, once. */
  const cutReplyWith = (text: string) =>
    become(async (piece, to, isReply) => {
      if (!isReply || !piece.includes(text)) return pass(piece, to)
      become(pass)
      await pass(piece.subarray(0, piece.length >> 1), to)
      to.destroySoon()
    })
  /** Ends every open connection and refuses new ones, as when nothing listens there. */
  const refuse = async () => {
    cut()
    if (server.listening) await once(server.close(), 'close')
  }
  t.teardown(refuse)

  return {
    ...{ cut, cutReplies, cutReplyWith, forward, hang, refuse, slow, trickle },
    /** New connections lead elsewhere; open ones stay, as when an address is given to another server. */
    leadTo: (host: string, port: number) => {
      target = { host, port }
    },
    /** A store's URL, by way of this proxy. */
    url: (original: string) => Object.assign(new URL(original), { host: `127.0.0.1:${port}` }).href
  }
}

async function pass(piece: Buffer, to: Socket): Promise<void> {
  if (!to.destroyed && !to.write(piece)) await Promise.race([once(to, 'drain'), once(to, 'close')])
}
