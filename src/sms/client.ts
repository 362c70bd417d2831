import { Agent, buildConnector, request } from 'undici'
import { type FailureKind, GatewayFailure } from './gateway.ts'

export interface ClientOptions {
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

/** More connections than any provider lets us need, fewer than it would refuse. */
const CONNECTIONS = 50
/** Nothing that a gateway says is longer. */
const ANSWER_BYTES = 262_144

/**
 * Calls a gateway, whose API is at `url`, over connections that are kept. `ask` gives whatever it answers; `call` only what
 * has a status below 300, and throws GatewayFailure else.
 */
export function createGatewayClient(url: string, { connectTimeoutMs, timeoutMs }: ClientOptions) {
  const agent = new Agent({
    connections: CONNECTIONS,
    connect: connector(connectTimeoutMs),
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: ANSWER_BYTES
  })
  return { ask, call, close: () => agent.close() }

  /** @throws GatewayFailure when there is no answer */
  async function ask({ method = 'POST', path, headers, body, signal }: Call): Promise<Answer> {
    const target = path === undefined ? url : new URL(path, withSlash(url))
    const { type, content } = written(body)
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
      const kind = error instanceof NotConnected ? 'unavailable' : 'timeout'
      throw new GatewayFailure(kind, sentenceOf(error), { cause: error })
    }
  }

  async function call(what: Call): Promise<Answer> {
    const answer = await ask(what)
    if (answer.status >= 300) throw new GatewayFailure(kindOf(answer.status), `HTTP ${answer.status}`)
    return answer
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
  const { code, name } = error as { code?: unknown; name?: unknown }
  return String(code ?? name)
}

/** Without it, the last part of a path that the address has would be lost. */
function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`
}
