import { Agent, request } from 'node:http'
import { LIMIT_MS } from './rig.ts'

export interface Reply {
  /** 0: the connection ended without an answer, or nobody listened. */
  status: number
  /** Nobody listened: nothing was begun. */
  isRefused?: boolean
  body: Record<string, unknown>
  ms: number
  /** What breaks a promise in the reply itself. */
  wrong?: string
}

/** A client gives up so long (ms) after the service should have answered. */
const PATIENCE_MS = 2_000
/** A store's name, a driver's word or a line of a stack, which nobody outside may see. */
const CAUSE = /redis|postgres|\bsql\b|E(CONN|PIPE|TIMEDOUT)|READONLY|\bat .*\.[jt]s:/i

const agent = new Agent({ keepAlive: true })

/** One request of the API over a socket, and whether its answer is one that the contract allows while stores are away. */
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
