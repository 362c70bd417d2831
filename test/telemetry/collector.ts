import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { Test } from 'tap'

interface Attribute {
  key: string
  value: { stringValue?: string; intValue?: number }
}

export interface ReceivedSpan {
  name: string
  spanId: string
  traceId: string
  parentSpanId?: string
  attributes: Attribute[]
  status: object
}

interface Batch {
  resourceSpans: { resource: { attributes: Attribute[] }; scopeSpans: { spans: ReceivedSpan[] }[] }[]
}

/** A collector of traces, which keeps what is sent to its path. */
export async function createCollector(t: Test) {
  const received: { type: string | undefined; body: Buffer }[] = []
  const server = createServer(async (request, response) => {
    const body = await buffer(request)
    if (request.url === '/v1/traces') received.push({ type: request.headers['content-type'], body })
    response.setHeader('content-type', 'application/json').end('{}')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const batches = () => received.map(({ body }): Batch => JSON.parse(body.toString()))
  return {
    url: `http://127.0.0.1:${port}`,
    types: () => received.map(({ type }) => type),
    text: () => Buffer.concat(received.map(({ body }) => body)).toString('latin1'),
    resources: () => batches().flatMap(({ resourceSpans }) => resourceSpans.map(({ resource }) => resource)),
    spans: () =>
      batches().flatMap(({ resourceSpans }) =>
        resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
      )
  }
}

/** The attributes of a span by name. */
export function said({
  attributes
}: Pick<ReceivedSpan, 'attributes'>): Record<string, string | number | undefined> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]))
}
