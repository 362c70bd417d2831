import autocannon from 'autocannon'
import { interruption } from './interruption.ts'

export const CONNECTIONS = 50

export interface Load extends Omit<autocannon.Options, 'url'> {
  url: string
  /** What is not answered so is refused. */
  expectedStatus?: number
}

export interface Measured {
  perSecond: number
  latency: autocannon.Histogram
  /** What was not answered as expected, and with which status: `3 refused (429)`; empty when all was. */
  refused: string
}

/** Calls a server from many connections at once. */
export async function load(
  server: string,
  { url, expectedStatus = 200, ...options }: Load
): Promise<Measured> {
  interruption.throwIfAborted()
  let start = performance.now()
  let end = start
  let answered = 0
  const refused: number[] = []
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const instance = autocannon(
      { connections: CONNECTIONS, sampleInt: 100, ...options, url: server + url },
      (error, result) => (error ? reject(error) : resolve(result))
    )
    const stop = () => instance.stop()
    interruption.addEventListener('abort', stop)
    instance.on('done', () => interruption.removeEventListener('abort', stop))
    instance.on('start', () => {
      start = performance.now()
    })
    // Autocannon itself knows the end of its run only to its next sample.
    instance.on('response', (_client, status) => {
      end = performance.now()
      if (status === expectedStatus) answered++
      else refused.push(status)
    })
  })
  interruption.throwIfAborted()
  const reasons = [...new Set(refused), ...(result.errors > 0 ? ['no answer'] : [])]
  const count = refused.length + result.errors
  return {
    perSecond: Math.round(answered / ((end - start) / 1_000)),
    latency: result.latency,
    refused: count > 0 ? `${count} refused (${reasons.join(', ')})` : ''
  }
}

export function post(url: string, body: object) {
  return {
    url,
    method: 'POST' as const,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body)
  }
}

/** One request for each citizen, from the first on. */
export function each(
  url: string,
  citizens: number,
  body: (citizen: number) => object,
  keep?: (reply: string) => void
) {
  let citizen = 0
  const onResponse = (_status: number, reply: string) => keep?.(reply)
  const setupRequest = (request: autocannon.Request) => ({
    ...request,
    body: JSON.stringify(body(citizen++ % citizens))
  })
  return { ...post(url, {}), amount: citizens, requests: [{ setupRequest, onResponse }] }
}

export function phoneNumbers(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `+99890${String(i).padStart(7, '0')}`)
}
