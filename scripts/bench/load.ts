import autocannon from 'autocannon'
import type { Call, Caller } from './calls.ts'
import { quantile } from './figures.ts'
import { interruption } from './interruption.ts'

export interface Measured {
  figures: Record<'per second' | 'p50 ms' | 'p99 ms', number>
  /** The callers who were answered with 200, and what the others got, e.g. `3 x 429 rate_limited`. */
  answered: Caller[]
  refused: string
}

/** Makes the call once for each caller, over many connections; callers then own what they keep of the reply. */
export async function load(server: string, call: Call, callers: Caller[]): Promise<Measured> {
  interruption.throwIfAborted()
  const { method, path, connections, keeps = [] } = call
  const asking = new WeakMap<object, Caller>()
  const answered: Caller[] = []
  const latencies: number[] = []
  const refused = new Map<string, number>()
  const note = (what: string): void => void refused.set(what, (refused.get(what) ?? 0) + 1)
  let [next, start, end] = [0, 0, 0]
  const setupRequest = (request: autocannon.Request, context: object) => {
    start ||= performance.now()
    const caller = callers[next++]
    if (!caller) throw new Error(`more than ${callers.length} requests were made of ${call.name}`)
    asking.set(context, caller)
    return { ...request, ...requestOf(call, caller) }
  }
  const onResponse = (status: number, reply: string, context: object) => {
    const caller = asking.get(context)
    if (!caller || status !== 200) return note(`${status} ${/"code":"\w+"/.exec(reply)}`)
    answered.push(caller)
    const given: Caller = keeps.length > 0 ? JSON.parse(reply) : caller
    Object.assign(caller, Object.fromEntries(keeps.map((name) => [name, given[name]])))
  }
  await new Promise<void>((resolve, reject) => {
    const instance = autocannon(
      {
        ...{ url: server + path, method, requests: [{ setupRequest, onResponse }] },
        ...{ amount: callers.length, connections: Math.min(connections, callers.length), sampleInt: 50 }
      },
      (error) => (error ? reject(error) : resolve())
    )
    // Autocannon itself reports latencies in whole milliseconds, and the end of its run only at its next sample.
    instance.on('response', (_client, _status, _bytes, latency) => {
      end = performance.now()
      latencies.push(latency)
    })
    instance.on('reqError', (error) => note(String(error)))
  })
  return {
    figures: {
      'per second': answered.length / ((end - start) / 1_000),
      ...{ 'p50 ms': quantile(latencies, 0.5), 'p99 ms': quantile(latencies, 0.99) }
    },
    answered,
    refused: [...refused].map(([what, times]) => `${times} x ${what}`).join(', ')
  }
}

function requestOf({ method, sends }: Call, caller: Caller) {
  const authorization = caller.access && { authorization: `Bearer ${caller.access}` }
  const headers = { 'x-forwarded-for': caller.address, ...authorization }
  if (method === 'GET') return { headers }
  const body = JSON.stringify(Object.fromEntries(sends.map((name) => [name, caller[name]])))
  return { headers: { ...headers, 'content-type': 'application/json' }, body }
}
