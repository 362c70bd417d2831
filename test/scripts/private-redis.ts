import net from 'node:net'
import { findRedis } from '../../scripts/find-redis.ts'

const { createConnection } = net

/** As `net.createConnection`, with another port where Redis's own would be: whatever runs there on this machine. */
export const insteadOfDefault = (port: number) => (options: net.TcpNetConnectOpts) =>
  createConnection(options.port === 6379 ? { ...options, port } : options)

// Run by the tests as a process of its own: finds a Redis, tells where, and stays.
if (process.argv[1] === import.meta.filename) {
  Object.assign(net, { createConnection: insteadOfDefault(1) })
  const { url } = await findRedis()
  process.stdout.write(`found ${url}\n`)
  setInterval(() => {}, 1_000)
}
