import { Agent, buildConnector, request } from 'undici'
import { type FailureKind, GatewayFailure } from './gateway.ts'

export interface ClientOptions {
  /** The most calls in flight at once, each on its own connection. */
  connections: number
  connectTimeoutMs: number
  timeoutMs: number
}

export interface Call {
  method?: 'GET' | 'POST'
  /** Relative to the address of the API; without it, the call goes to that address itself. */
  path?: string
  headers?: Record<string, string>
  /** A form, a JSON text, or an object that is sent as JSON. */
  body?: URLSearchParams | string | object
  signal: AbortSignal
}

export interface Answer {
  status: number
  text: string
  /** The response parsed as a JSON object; empty if it is not one. */
  json: Record<string, unknown>
}

export type GatewayClient = ReturnType<typeof createGatewayClient>

/** The longest response that is read, in bytes: no gateway says more. */
const ANSWER_BYTES = 262_144

/** Creates a client for the gateway API at `url`, with kept-alive connections. `ask` returns any response that it gets. */
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

  /** @throws GatewayFailure when there is no response */
  async function ask({ method = 'POST', path, headers, body, signal }: Call): Promise<Answer> {
    const target = path === undefined ? url : new URL(path, withSlash(url))
    const { type, content } = written(body)
    // A queued call would be sent after its request is over.
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

/** What an HTTP status means when the gateway's own error says nothing more specific. */
export function kindOf(status: number): FailureKind {
  if (status === 401 || status === 403) return 'auth'
  if (status === 402) return 'balance'
  if (status === 429) return 'rate_limited'
  return status >= 500 || status < 400 ? 'unavailable' : 'rejected'
}

/** Parses a text as a JSON object; empty if it is not one. */
export function objectOf(text: string): Record<string, unknown> {
  try {
    return fieldsOf(JSON.parse(text))
  } catch {
    return {}
  }
}

/** The fields of an object; none if the gateway sent something else. */
export function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}

/** A string or a number, since gateways send either, as a string; empty for anything else. */
export function wordOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

/** Nothing of the call can have reached the gateway. */
class NotConnected extends Error {
  override name = 'NotConnected'
}

/** Tells failures before there is a connection (name, port, certificate) apart from those after. */
function connector(timeout: number): buildConnector.connector {
  const connect = buildConnector({ timeout })
  return (options, callback) =>
    connect(options, (...[error, socket]) => {
      if (error) callback(new NotConnected(`no connection (${codeOf(error)})`, { cause: error }), null)
      else callback(null, socket)
    })
}

/** A call that cannot be written, e.g. because of a line break in a password, or a call on a closed client. */
const UNWRITTEN = ['UND_ERR_INVALID_ARG', 'UND_ERR_CLOSED', 'UND_ERR_DESTROYED']

function isUnsent(error: unknown): boolean {
  return error instanceof NotConnected || UNWRITTEN.includes(codeOf(error))
}

/** The body as it goes over the wire, and its content type. */
function written(body: Call['body']) {
  if (body === undefined) return {}
  if (body instanceof URLSearchParams)
    return { type: { 'content-type': 'application/x-www-form-urlencoded' }, content: body.toString() }
  return {
    type: { 'content-type': 'application/json; charset=utf-8' },
    content: typeof body === 'string' ? body : JSON.stringify(body)
  }
}

/** Leaves out the message of the original error, which could quote the call. */
function sentenceOf(error: unknown): string {
  return error instanceof NotConnected ? error.message : `no answer (${codeOf(error)})`
}

function codeOf(error: unknown): string {
  const { code, name }: { code?: unknown; name?: unknown } = Object(error)
  return wordOf(code ?? name)
}

/** Without the trailing slash, `new URL` would drop the last segment of the address's path. */
function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`
}
