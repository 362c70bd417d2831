import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import type { Test } from 'tap'
import { GatewayFailure, type Message } from '../../src/sms/gateway.ts'

export interface Asked {
  method: string
  /** Including the query. */
  path: string
  headers: IncomingHttpHeaders
  body: string
}

export interface Reply {
  status?: number
  /** Text, or an object that becomes JSON. */
  body?: string | object
  /** The delay before it begins. */
  afterMs?: number
  /** How it fails to arrive whole. */
  manner?: 'trickled' | 'reset' | 'hung up'
}

/** A provider's server, which answers as documented until told otherwise. */
export async function createFakeProvider(t: Test, document: (asked: Asked) => Reply | Promise<Reply>) {
  const asked: Asked[] = []
  let connections = 0
  let otherwise: { reply: Reply; path: RegExp } | undefined
  const server = createServer(async (request, response) => {
    const { method = '', url: path = '', headers } = request
    const call = { method, path, headers, body: await text(request) }
    asked.push(call)
    const reply = otherwise?.path.test(path) ? otherwise.reply : await document(call)
    if (reply.afterMs) await wait(reply.afterMs, undefined, { ref: false })
    await give(response, reply)
  })
  server.on('connection', () => connections++)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port }: Pick<AddressInfo, 'port'> = Object(server.address())
  const stop = () => {
    server.close()
    server.closeAllConnections()
  }
  t.teardown(stop)
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    connections: () => connections,
    /** Answers like this from now on, on those paths. */
    answer(reply: Reply, path = /./) {
      otherwise = { reply, path }
    },
    /** Stops listening. */
    stop
  }
}

async function give(response: ServerResponse, { status = 200, body = '', manner }: Reply): Promise<void> {
  const [type, content] =
    typeof body === 'string' ? ['text/html', body] : ['application/json', JSON.stringify(body)]
  if (manner === 'hung up') {
    response.socket?.destroy()
    return
  }
  response.writeHead(status, { 'content-type': type, ...(manner && { 'content-length': 1_000 }) })
  if (!manner) response.end(content)
  else response.write(content || '{')
  if (manner === 'reset') response.socket?.resetAndDestroy()
  while (manner === 'trickled' && !response.destroyed) {
    await wait(20, undefined, { ref: false })
    response.write(' ')
  }
}

export const message = (changes: Partial<Message> = {}): Message => ({
  to: '+998901234567',
  text: 'Kirish kodi: 482913. Kodni hech kimga bermang. Amal qilish vaqti: 5 daqiqa.',
  language: 'uz',
  code: '482913',
  ttlSeconds: 300,
  signal: new AbortController().signal,
  ...changes
})

/** Why something was refused; rethrows whatever is not a gateway failure. */
export async function failureOf(promise: Promise<unknown>): Promise<GatewayFailure> {
  try {
    await promise
  } catch (error) {
    if (error instanceof GatewayFailure) return error
    throw error
  }
  throw new Error('it was taken')
}

export const options = { connections: 50, connectTimeoutMs: 1_000, timeoutMs: 5_000 }
