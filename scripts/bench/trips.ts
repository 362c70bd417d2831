import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

export interface Trips {
  /** Times that something was sent when Redis had replied since the last time: what goes out together is one. */
  roundTrips: number
  commands: number
}

/** Stands between a server and its Redis, and counts what passes. */
export async function countingProxy(redisUrl: string) {
  const { hostname, port } = new URL(redisUrl)
  const sockets = new Set<Socket>()
  const counted: Trips = { roundTrips: 0, commands: 0 }
  let waiting = false
  const proxy = createServer((client) => {
    const redis = connect(Number(port || 6379), hostname.replace(/[[\]]/g, ''))
    for (const socket of [client, redis]) {
      sockets.add(socket.on('error', () => socket.destroy()))
      socket.on('close', () => [client, redis].map((end) => end.destroy()))
    }
    client.on('data', (sent) => {
      if (!waiting) counted.roundTrips++
      waiting = true
      // A command is an array of strings (RESP): "*2\r\n$4\r\nINFO\r\n…".
      counted.commands += sent.toString('latin1').match(/\*\d+\r\n\$/g)?.length ?? 0
      redis.write(sent)
    })
    redis.on('data', (reply) => {
      waiting = false
      client.write(reply)
    })
  })
  await once(proxy.listen(0, '127.0.0.1'), 'listening')

  return {
    url: Object.assign(new URL(redisUrl), { host: `127.0.0.1:${(proxy.address() as AddressInfo).port}` })
      .href,
    /** What one call costs, also what its reply does not wait for. */
    async during(call: () => Promise<unknown>): Promise<Trips> {
      Object.assign(counted, { roundTrips: 0, commands: 0 })
      await call()
      await wait(50)
      return { ...counted }
    },
    close() {
      for (const socket of sockets) socket.destroy()
      proxy.close()
    }
  }
}
