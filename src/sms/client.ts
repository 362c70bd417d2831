import { Agent, request } from 'undici'
import { type FailureKind, GatewayFailure } from './gateway.ts'

export interface ClientOptions {
  connectTimeoutMs: number
  timeoutMs: number
}

interface Call {
  method?: 'GET' | 'POST' | 'PATCH'
  path: string
  headers?: Record<string, string>
  /** A form, or what becomes JSON. */
  body?: URLSearchParams | object
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
    connect: { timeout: connectTimeoutMs },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: ANSWER_BYTES
  })
  return { ask, call, close: () => agent.close() }

  /** @throws GatewayFailure when there is no answer */
  async function ask({ method = 'POST', path, headers, body, signal }: Call): Promise<Answer> {
    const isForm = body instanceof URLSearchParams
    const type = isForm ? 'application/x-www-form-urlencoded' : 'application/json; charset=utf-8'
    try {
      const reply = await request(new URL(path, withSlash(url)), {
        dispatcher: agent,
        method,
        headers: { ...(body && { 'content-type': type }), ...headers },
        ...(body && { body: isForm ? body.toString() : JSON.stringify(body) }),
        signal
      })
      const text = await reply.body.text()
      return { status: reply.statusCode, text, json: objectOf(text) }
    } catch (error) {
      throw new GatewayFailure(isUnsent(error) ? 'unavailable' : 'timeout', sentenceOf(error), {
        cause: error
      })
    }
  }

  async function call(what: Call): Promise<Answer> {
    const answer = await ask(what)
    if (answer.status >= 300)
      throw new GatewayFailure(kindOf(answer.status), `HTTP ${answer.status} ${answer.text}`)
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

/** Nothing of the call can have reached the gateway. */
const UNSENT = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ERR_INVALID_URL'
])

function isUnsent(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  return UNSENT.has(String(code)) || String(code).startsWith('ERR_TLS_') || String(code).startsWith('CERT_')
}

/** Its code and name: a message could quote the call. */
function sentenceOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown }
  return `no answer (${code ?? name})`
}

function objectOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
  } catch {
    return {}
  }
}

/** Without it, the last part of a path that the address has would be lost. */
function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`
}
