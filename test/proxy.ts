import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { Test } from 'tap'

/** What happens to a piece that one end sent; resolves when the next piece may follow. */
type Mode = (piece: Buffer, to: Socket, isReply: boolean) => unknown

const TRICKLE = { bytes: 16, ms: 20 }

/** The network between the app and a store, for tests of its failures. It forwards until told otherwise. */
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
  /** Lets everything through, including what `hang` held back. */
  const forward = async () => {
    become(pass)
    if (!server.listening) await listen(port)
  }
  /** Accepts connections but lets nothing through in either direction, on old and new ones. */
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
  /** Delays each piece by this long (ms). */
  const slow = (ms: number) =>
    become(async (piece, to) => {
      await wait(ms)
      await pass(piece, to)
    })
  /** Sends a few bytes at a time; when the trickle ends, the rest of a piece follows at once. */
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
  /** Ends the connection in the middle of a reply, for one of every `oneOf` replies. */
  const cutReplies = (oneOf: number) => {
    let replies = 0
    become(async (piece, to, isReply) => {
      if (!isReply || ++replies % oneOf > 0) return pass(piece, to)
      await pass(piece.subarray(0, piece.length >> 1), to)
      to.destroySoon()
    })
  }
  /** Ends the connection once, in the middle of the next reply that contains this text. */
  const cutReplyWith = (text: string) =>
    become(async (piece, to, isReply) => {
      if (!isReply || !piece.includes(text)) return pass(piece, to)
      become(pass)
      await pass(piece.subarray(0, piece.length >> 1), to)
      to.destroySoon()
    })
  /** Ends every open connection and refuses new ones, as if nothing listened there. */
  const refuse = async () => {
    cut()
    if (server.listening) await once(server.close(), 'close')
  }
  t.teardown(refuse)

  return {
    ...{ cut, cutReplies, cutReplyWith, forward, hang, refuse, slow, trickle },
    /** Leads new connections elsewhere; open ones stay, as when an address moves to another server. */
    leadTo: (host: string, port: number) => {
      target = { host, port }
    },
    /** A store's URL through this proxy. */
    url: (original: string) => Object.assign(new URL(original), { host: `127.0.0.1:${port}` }).href
  }
}

async function pass(piece: Buffer, to: Socket): Promise<void> {
  if (!to.destroyed && !to.write(piece)) await Promise.race([once(to, 'drain'), once(to, 'close')])
}
