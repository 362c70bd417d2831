import { Agent, buildConnector, request } from 'undici'
import { type FailureKind, GatewayFailure } from './gateway.ts'

export interface ClientOptions {
  /** Calls under way at the same time at most, each on a connection of its own. */
  connections: number
  connectTimeoutMs: number
  timeoutMs: number
}

export interface Call {
  method?: 'GET' | 'POST'
  /** Below the address of the API; without it, that address as it stands. */
  path?: string
  headers?: Record<string, string>
  /** A form, JSON that is written already, or what becomes JSON. */
  body?: URLSearchParams | string | object
  signal: AbortSignal
}

export interface Answer {
  status: number
  text: string
  /** The JSON object of the text; empty where it is none. */
  json: Record<string, unknown>
}

export type GatewayClient = ReturnType<typeof createGatewayClient>

/** Nothing that a gateway says is longer. */
const ANSWER_BYTES = 262_144

/** Calls a gateway, whose API is at `url`, over connections that are kept. `ask` gives whatever it answers. */
export function createGatewayClient(
  url: string,
  { connections, connectTimeoutMs, timeoutMs }: ClientOptions
) {
  const agent = new Agent({
    connections,
    connect: connector(connectTimeoutMs),
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: ANSWER_BYTES
  })
  let underWay = 0
  return { ask, close: () => agent.close() }

  /** @throws GatewayFailure when there is no answer */
  async function ask({ method = 'POST', path, headers, body, signal }: Call): Promise<Answer> {
    const target = path === undefined ? url : new URL(path, withSlash(url))
    const { type, content } = written(body)
    // A call that waited in a queue would be sent after its request is over.
    if (underWay >= connections) throw new GatewayFailure('unavailable', 'all SMS_CONNECTIONS are in use')
    underWay += 1
    try {
      const reply = await request(target, {
        dispatcher: agent,
        method,
        headers: { ...type, ...headers },
        ...(content && { body: content }),
        signal
      })
      const text = await reply.body.text()
      return { status: reply.statusCode, text, json: objectOf(text) }
    } catch (error) {
      const kind = isUnsent(error) ? 'unavailable' : 'timeout'
      throw new GatewayFailure(kind, sentenceOf(error), { cause: error })
    } finally {
      underWay -= 1
    }
  }
}

/** What a status means where the gateway's own words say nothing else. */
export function kindOf(status: number): FailureKind {
  if (status === 401 || status === 403) return 'auth'
  if (status === 402) return 'balance'
  if (status === 429) return 'rate_limited'
  return status >= 500 || status < 400 ? 'unavailable' : 'rejected'
}

/** The object of a text in JSON; empty where it is none. */
export function objectOf(text: string): Record<string, unknown> {
  try {
    return fieldsOf(JSON.parse(text))
  } catch {
    return {}
  }
}

/** What an object has; nothing where a gateway answered something else. */
export function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}

/** A word or a figure, which gateways write either way; empty where it is neither. */
export function wordOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

/** Nothing of the call can have reached the gateway. */
class NotConnected extends Error {
  override name = 'NotConnected'
}

/** Whatever fails before there is a connection, be it a name, a port or a certificate, is told from what fails after. */
function connector(timeout: number): buildConnector.connector {
  const connect = buildConnector({ timeout })
  return (options, callback) =>
    connect(options, (...[error, socket]) => {
      if (error) callback(new NotConnected(`no connection (${codeOf(error)})`, { cause: error }), null)
      else callback(null, socket)
    })
}

/** A call that cannot be written, e.g. for a line break in a password, and one of a client that is closed. */
const UNWRITTEN = ['UND_ERR_INVALID_ARG', 'UND_ERR_CLOSED', 'UND_ERR_DESTROYED']

function isUnsent(error: unknown): boolean {
  return error instanceof NotConnected || UNWRITTEN.includes(codeOf(error))
}

/** What goes over the wire, and its type. */
function written(body: Call['body']) {
  if (body === undefined) return {}
  if (body instanceof URLSearchParams)
    return { type: { 'content-type': 'application/x-www-form-urlencoded' }, content: body.toString() }
  return {
    type: { 'content-type': 'application/json; charset=utf-8' },
    content: typeof body === 'string' ? body : JSON.stringify(body)
  }
}

/** Without its message, which could quote the call. */
function sentenceOf(error: unknown): string {
  return error instanceof NotConnected ? error.message : `no answer (${codeOf(error)})`
}

function codeOf(error: unknown): string {
  const { code, name }: { code?: unknown; name?: unknown } = Object(error)
  return wordOf(code ?? name)
}

/** Without it, the last part of a path that the address has would be lost. */
function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`
}
