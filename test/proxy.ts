import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Test } from 'tap'

/** The network between the app and a store, for tests of what happens when it fails. Forwards until told otherwise. */
export async function createProxy(t: Pick<Test, 'teardown'>, targetHost: string, targetPort: number) {
  const links = new Set<[Socket, Socket]>()
  let hanging = false
  let target = { host: targetHost, port: targetPort }
  const server = createServer((client) => {
    const link: [Socket, Socket] = [client, connect(target)]
    links.add(link)
    for (const [from, to] of bothWays(link)) {
      from.on('error', () => to.destroy()).on('close', () => to.destroySoon())
      if (!hanging) from.pipe(to)
    }
    client.on('close', () => links.delete(link))
  })
  const listen = async (port: number) => once(server.listen(port, '127.0.0.1'), 'listening')
  await listen(0)
  const { port } = server.address() as AddressInfo

  /** Ends every open connection; new ones are treated as before. */
  const cut = () => {
    for (const socket of [...links].flat()) socket.destroy()
  }
  /** Lets everything through, also what was held back by `hang`. */
  const forward = async () => {
    hanging = false
    for (const [from, to] of [...links].flatMap(bothWays)) from.pipe(to)
    if (!server.listening) await listen(port)
  }
  /** Accepts connections and lets nothing through, in neither direction, on old and new ones. */
  const hang = () => {
    hanging = true
    for (const [from, to] of [...links].flatMap(bothWays)) from.unpipe(to)
  }
  /** Ends every open connection and refuses new ones, as when nothing listens there. */
  const refuse = async () => {
    cut()
    if (server.listening) await once(server.close(), 'close')
  }
  t.teardown(refuse)

  return {
    cut,
    forward,
    hang,
    refuse,
    /** New connections lead elsewhere; open ones stay, as when an address is given to another server. */
    leadTo: (host: string, port: number) => {
      target = { host, port }
    },
    /** A store's URL, by way of this proxy. */
    url: (original: string) => Object.assign(new URL(original), { host: `127.0.0.1:${port}` }).href
  }
}

function bothWays([one, other]: [Socket, Socket]): [Socket, Socket][] {
  return [
    [one, other],
    [other, one]
  ]
}
