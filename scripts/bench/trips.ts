import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

/** Far longer than all else that a call does. */
const DELAY_MS = 200

export interface Trips {
  /** That the reply waited for. */
  roundTrips: number
  /** All of them, also what the reply does not wait for. */
  commands: number
}

/** A slow way between a server and its Redis: how long a call takes tells its round trips. */
export async function countingProxy(redisUrl: string) {
  const { hostname, port } = new URL(redisUrl)
  const sockets = new Set<Socket>()
  let commands = 0
  const proxy = createServer((client) => {
    const redis = connect(Number(port || 6379), hostname.replace(/[[\]]/g, ''))
    for (const socket of [client, redis]) {
      sockets.add(socket.on('error', () => socket.destroy()))
      socket.on('close', () => [client, redis].map((end) => end.destroy()))
    }
    client.on('data', (sent) => {
      // A command is an array of strings (RESP): "*2\r\n$4\r\nINFO\r\n…".
      commands += sent.toString('latin1').match(/\*\d+\r\n\$/g)?.length ?? 0
      setTimeout(() => redis.write(sent), DELAY_MS)
    })
    redis.on('data', (reply) => client.write(reply))
  })
  await once(proxy.listen(0, '127.0.0.1'), 'listening')

  return {
    url: Object.assign(new URL(redisUrl), { host: `127.0.0.1:${(proxy.address() as AddressInfo).port}` })
      .href,
    /** What one call costs. */
    async during(call: () => Promise<unknown>): Promise<Trips> {
      commands = 0
      const start = performance.now()
      await call()
      const roundTrips = Math.floor((performance.now() - start) / DELAY_MS)
      await wait(2 * DELAY_MS)
      return { roundTrips, commands }
    },
    close() {
      for (const socket of sockets) socket.destroy()
      proxy.close()
    }
  }
}
