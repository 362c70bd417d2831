import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Undo } from '../undo.ts'

/** How a gateway answers a message that has reached it. */
type Manner = (response: ServerResponse) => void

const takes: Manner = (response) => response.end('{}')

/** Simulates the provider behind WEBHOOK_URL and its phones: it knows the last code that reached each number. */
export async function startGateway(undo: Undo) {
  const codes = new Map<string, string>()
  let manner = takes
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const piece of request) body += piece
    const { to, code }: { to: string; code: string } = JSON.parse(body)
    codes.set(to, code)
    manner(response)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  undo.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    codeOf: (phone: string) => codes.get(phone),
    take() {
      manner = takes
    },
    hang() {
      manner = () => {}
    },
    refuse() {
      manner = (response) => response.writeHead(503).end()
    },
    hangUp() {
      manner = (response) => response.destroy()
    }
  }
}
