import net from 'node:net'
import { findRedis } from '../../scripts/find-redis.ts'

const { createConnection } = net

/** Like `net.createConnection`, with another port in place of Redis's default, whatever this machine runs there. */
export const insteadOfDefault = (port: number) => (options: net.TcpNetConnectOpts) =>
  createConnection(options.port === 6379 ? { ...options, port } : options)

// Run by the tests as its own process: finds a Redis, prints where, and stays.
if (process.argv[1] === import.meta.filename) {
  Object.assign(net, { createConnection: insteadOfDefault(1) })
  const { url } = await findRedis()
  process.stdout.write(`found ${url}\n`)
  setInterval(() => {}, 1_000)
}
