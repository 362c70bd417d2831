import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import type { ApiDocument } from './request.ts'
import type { Reply } from './target.ts'
import type { FuzzRequest } from './wire.ts'

const anyError = {
  type: 'object',
  properties: {
    statusCode: { type: 'integer' },
    error: { type: 'string', minLength: 1 },
    code: { type: 'string', pattern: '^[A-Z_]+$' },
    message: { type: 'string', minLength: 1 }
  },
  required: ['statusCode', 'error', 'code', 'message']
}

/** Returns a function that judges replies by the API document: `fault` is what is wrong, undefined when nothing is. */
export function createJudge({ paths, components }: ApiDocument) {
  const ajv = new Ajv2020({ strict: false })
  formats.default(ajv)
  const isError = ajv.compile(anyError)
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, responses }]) => ({
      operationId,
      method: method.toUpperCase(),
      path: new RegExp(`^${path.replace(/\/$/, '').replace('{id}', '[^/]+')}/?$`),
      replies: new Map(
        Object.entries(responses).map(([status, { content }]) => [
          Number(status),
          ajv.compile({ ...content?.['application/json']?.schema, components })
        ])
      )
    }))
  )

  /** The documented operation that an undamaged request calls. */
  function operationOf({ method, url, wire = { kind: 'none' } }: FuzzRequest) {
    if (wire.kind !== 'none') return undefined
    const [path = ''] = url.split('?')
    return operations.find((operation) => operation.method === method && operation.path.test(path))
  }

  return function judge(request: FuzzRequest, reply: Reply): { call: string; fault?: string } {
    const { status, headers, body } = reply
    const operation = operationOf(request)
    const call = operation?.operationId ?? 'elsewhere'
    const said = `${status} ${body.slice(0, 300)}`
    // On a machine that pauses, a store may really need more than a second.
    const isPause = call === 'healthReady' && status === 503
    if (status >= 500 && !isPause) return { call, fault: said }
    if (!headers['x-request-id']) return { call, fault: `no x-request-id: ${said}` }
    if (request.method === 'HEAD' || status === 204 || status === 304) return { call }
    if (status >= 400 && !fits(isError, body, status))
      return { call, fault: `no error of the contract: ${said}` }
    if (!operation) return { call }
    const schema = operation.replies.get(status)
    if (!schema) return { call, fault: `not documented: ${said}` }
    return fits(schema, body) ? { call } : { call, fault: `not as documented: ${said}` }
  }
}

function fits(schema: ValidateFunction, body: string, status?: number): boolean {
  try {
    const value: { statusCode?: number } = JSON.parse(body)
    return schema(value) && (status === undefined || value.statusCode === status)
  } catch {
    return false
  }
}
