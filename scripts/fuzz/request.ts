import { METHODS } from 'node:http'
import fc from 'fast-check'
import { bodyOf, type Schema } from './body.ts'
import { headers } from './headers.ts'
import { text } from './junk.ts'
import { damage, type FuzzRequest } from './wire.ts'

/** The parts of the API document that are used here. */
export interface ApiDocument {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema> }
}
export interface Operation {
  operationId: string
  security?: object[]
  requestBody?: { content: Record<string, { schema: { $ref: string } }> }
  responses: Record<string, { content?: Record<string, { schema: object }> }>
}

/** Paths that the document does not have. */
const HIDDEN = ['/openapi.json', '/docs', '/docs/json', '/docs/static/index.css', '/callbacks/telegram/']
const callback = '/callbacks/<gateway>/<secret>/'

/** Requests of every kind to every path of the document, and to some that it does not have. */
export function requestTo({ paths, components }: ApiDocument): fc.Arbitrary<FuzzRequest> {
  const documented = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { requestBody, security = [] }]) => {
      const name = requestBody?.content['application/json']?.schema.$ref.split('/').at(-1) ?? ''
      const call = { path, method: method.toUpperCase(), isSignedIn: security.length > 0 }
      return requestOf(call, components.schemas[name])
    })
  )
  const hidden = [...HIDDEN, callback].map((path) => requestOf({ path, method: 'POST', isSignedIn: false }))
  return fc.oneof(...documented.map((arbitrary) => ({ weight: 4, arbitrary })), ...hidden)
}

function requestOf(
  { path, method, isSignedIn }: { path: string; method: string; isSignedIn: boolean },
  schema?: Schema
): fc.Arbitrary<FuzzRequest> {
  const body = bodyOf(schema ?? {})
  const parts = {
    method: fc.oneof({ weight: 15, arbitrary: fc.constant(method) }, fc.constantFrom(...METHODS)),
    headers: headers(schema !== undefined, isSignedIn)
  }
  const request = schema
    ? fc.record({ ...parts, body })
    : fc.record({ ...parts, body }, { requiredKeys: ['method', 'headers'] })
  const clean = fc.tuple(request, address(path)).map(([request, url]) => ({ ...request, url }))
  const onWire = fc
    .tuple(request, fc.oneof(address(path), oddAddress(path)), damage)
    .map(([request, url, wire]) => ({ ...request, url, wire }))
  return fc.oneof({ weight: 12, arbitrary: clean }, onWire)
}

function address(path: string): fc.Arbitrary<string> {
  const query = fc.oneof(
    { weight: 9, arbitrary: fc.constant('') },
    fc.tuple(text, text).map(([name, value]) => `?${encoded(name)}=${encoded(value)}`)
  )
  const id = fc.oneof(
    { weight: 3, arbitrary: fc.constant('<session>') },
    fc.uuid(),
    text.map((junk) => encoded(junk) || '-')
  )
  const gateway = fc.constantFrom('eskiz', 'playmobile', 'twilio', 'telegram', '__proto__', 'toString')
  const secret = fc.constantFrom('<callback>', 'x')
  const slash = fc.boolean()
  return fc.tuple(id, gateway, secret, slash, query).map(([id, gateway, secret, slash, query]) => {
    const filled = path.replace('{id}', id).replace('<gateway>', gateway).replace('<secret>', secret)
    return (slash ? filled : filled.replace(/(.)\/$/, '$1')) + query
  })
}

/** Paths that a client library would not let through. */
function oddAddress(path: string): fc.Arbitrary<string> {
  const changes: ((path: string) => string)[] = [
    (path) => path.replaceAll('/', '//'),
    (path) => path.toUpperCase(),
    (path) => path.replace(/[a-z]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
    (path) => `/..${path}`,
    (path) => path.replace('/', '/%2e%2e/'),
    (path) => `http://127.0.0.1${path}`,
    (path) => path.replaceAll('/', '\\'),
    (path) => `${path};a=b`,
    (path) => `${path}#x`,
    (path) => `${path}?${'a=b&'.repeat(2_000)}`,
    (path) => path.replace(/.$/, '%'),
    (path) => `${path}%00`,
    (path) => `${path}${'/a'.repeat(3_000)}`,
    () => '*',
    () => '//',
    () => '/%ff%fe'
  ]
  return fc.constantFrom(...changes).map((change) => change(path.replace('{id}', '<session>')))
}

/** Replaces lone surrogates, which UTF-8 cannot encode. */
function encoded(junk: string): string {
  return encodeURIComponent(junk.replace(/\p{Surrogate}/gu, '\ufffd'))
}
