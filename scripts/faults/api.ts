import { Agent, request } from 'node:http'
import { LIMIT_MS } from './rig.ts'

export interface Reply {
  /** 0 when the connection ended without an answer, or nobody listened. */
  status: number
  /** Nobody listened, so the request was never begun. */
  isRefused?: boolean
  body: Record<string, unknown>
  ms: number
  /** How the reply itself breaks a promise. */
  wrong?: string
}

/** How long after the service should have answered a client gives up (ms). */
const PATIENCE_MS = 2_000
/** A store's name, a driver's wording or a line of a stack, which no client may see. */
const CAUSE = /redis|postgres|\bsql\b|E(CONN|PIPE|TIMEDOUT)|READONLY|\bat .*\.[jt]s:/i

const agent = new Agent({ keepAlive: true })

/** Makes one API request, and checks whether its answer is one that the contract allows while stores are away. */
export function ask(method: string, url: string, body?: object, token?: string): Promise<Reply> {
  const began = performance.now()
  const headers = {
    ...(body && { 'content-type': 'application/json' }),
    ...(token && { authorization: `Bearer ${token}` })
  }
  return new Promise((resolve) => {
    const call = request(url, { method, agent, headers, timeout: LIMIT_MS + PATIENCE_MS }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (piece) => {
        text += piece
      })
      response.on('error', unanswered)
      response.on('end', () => {
        const { statusCode: status = 0, headers } = response
        const ms = performance.now() - began
        const wrong = problem(status, headers['retry-after'], text, ms)
        resolve({ status, ms, body: text ? JSON.parse(text) : {}, ...(wrong && { wrong }) })
      })
    })
    const unanswered = ({ code }: NodeJS.ErrnoException) =>
      resolve({ status: 0, isRefused: code === 'ECONNREFUSED', ms: performance.now() - began, body: {} })
    call.on('error', unanswered)
    call.on('timeout', () => call.destroy(new Error('late')))
    call.end(body && JSON.stringify(body))
  })
}

function problem(
  status: number,
  retryAfter: string | undefined,
  text: string,
  ms: number
): string | undefined {
  if (ms > LIMIT_MS) return 'late'
  if (status < 500) return undefined
  if (status !== 503) return `${status}`
  if (!retryAfter) return '503 without Retry-After'
  if (CAUSE.test(text)) return '503 that tells its cause'
  return undefined
}
