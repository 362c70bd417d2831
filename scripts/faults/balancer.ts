import { once } from 'node:events'
import { Agent, createServer, get, request } from 'node:http'
import type { AddressInfo } from 'node:net'

const CHECK_MS = 500

/**
 * A plain load balancer in front of servers (`http://…`, replaced as they restart): round robin over those whose
 * `/health/serving` said 200 at the last check, every half second, over keep-alive connections. It retries nothing: a request
 * that a server drops is lost.
 */
export async function startBalancer(servers: string[]) {
  const agent = new Agent({ keepAlive: true })
  let [ready, turn]: [string[], number] = [[...servers], 0]
  const check = async () => {
    const answers = await Promise.all(servers.map(isReady))
    ready = servers.filter((_, place) => answers[place])
  }
  const timer = setInterval(check, CHECK_MS)
  const balancer = createServer((incoming, outgoing) => {
    const target = ready[turn++ % ready.length]
    const fail = () => {
      if (outgoing.headersSent) outgoing.destroy()
      else outgoing.writeHead(502, { 'content-length': 0 }).end()
    }
    if (!target) return fail()
    const { method, url = '/', headers } = incoming
    const upstream = request(new URL(url, target), { agent, method, headers }, (reply) => {
      const { connection, ...kept } = reply.headers
      outgoing.writeHead(reply.statusCode ?? 502, kept)
      reply.on('error', fail).pipe(outgoing)
    })
    incoming.pipe(upstream.on('error', fail))
  })
  await once(balancer.listen(0, '127.0.0.1'), 'listening')
  return {
    port: (balancer.address() as AddressInfo).port,
    close(): void {
      clearInterval(timer)
      balancer.close()
      balancer.closeAllConnections()
      agent.destroy()
    }
  }
}

async function isReady(server: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = get(`${server}/health/serving`, { timeout: CHECK_MS }, (reply) => {
      reply.resume()
      resolve(reply.statusCode === 200)
    })
    asked.on('timeout', () => asked.destroy()).on('error', () => resolve(false))
  })
}
