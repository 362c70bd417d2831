/** The parts of an OpenAPI document that this module reads and writes. */
interface ApiDocument {
  paths: Record<string, Record<string, Operation>>
  components: object
}
interface Operation {
  'x-rate-limited'?: boolean
  security?: object[]
  parameters?: object[]
  requestBody?: { required?: boolean; content: Record<string, { schema: { type?: string | string[] } }> }
  responses: Record<
    string,
    { headers?: Record<string, object>; content?: Record<string, { schema: { description?: string } }> }
  >
}

/** Reply headers, which the schemas of the routes leave out. */
export const headers = {
  'x-request-id': header('Names this request in our logs; quote it when you report a problem', {
    ...{ type: 'string', format: 'uuid' },
    examples: ['0f6d3a52-4f0e-4d0c-9b55-3f0c7f7a9d11']
  }),
  'Retry-After': header('Seconds to wait before this is tried again', count(60)),
  'WWW-Authenticate': header('How to sign in', { type: 'string', enum: ['Bearer'] }),
  'X-RateLimit-Limit': header('Calls that this address may make in a minute', count(600)),
  'X-RateLimit-Remaining': header('Calls that are left of them', count(599)),
  'X-RateLimit-Reset': header('Seconds until all of them are there again', count(60))
}

/** Request headers that every call takes. */
export const parameters = {
  AcceptLanguage: {
    ...{ name: 'Accept-Language', in: 'header' },
    description: 'The language of each `message`, and of the SMS: uz, uz-Cyrl, kaa, ru or en',
    schema: { type: 'string' as const }
  }
}

/**
 * Prepares the document for client generators: each schema with a title becomes a component of that name, and what holds for
 * every call is added to each. The routes keep their schemas inline, so that writing a reply resolves no references.
 */
export function finished<Document extends object>(made: Document): Document {
  const document: Document & ApiDocument = JSON.parse(JSON.stringify(made))
  for (const operation of Object.values(document.paths).flatMap((path) => Object.values(path)))
    finish(operation)
  const schemas: Record<string, object> = {}
  const paths = withReferences(document.paths, schemas)
  return { ...document, paths, components: { ...document.components, schemas } }
}

function finish(operation: Operation): void {
  const { requestBody, responses, 'x-rate-limited': isRateLimited } = operation
  delete operation['x-rate-limited']
  operation.security ??= []
  operation.parameters = [...(operation.parameters ?? []), { $ref: '#/components/parameters/AcceptLanguage' }]
  const [body] = Object.values(requestBody?.content ?? {})
  if (requestBody && body?.schema.type?.includes('null')) requestBody.required = false
  for (const [status, response] of Object.entries(responses)) {
    const names = headersOf(Number(status), isRateLimited === true)
    response.headers = Object.fromEntries(
      names.map((name) => [name, { $ref: `#/components/headers/${name}` }])
    )
    // The description of the response already says what an error means.
    for (const { schema } of Object.values(response.content ?? {}))
      if (Number(status) >= 400) delete schema.description
  }
}

function headersOf(status: number, isRateLimited: boolean): (keyof typeof headers)[] {
  return [
    'x-request-id',
    ...(status === 401 ? (['WWW-Authenticate'] as const) : []),
    ...(status === 429 || status === 503 ? (['Retry-After'] as const) : []),
    ...(isRateLimited && (status < 300 || status === 429)
      ? (['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset'] as const)
      : [])
  ]
}

/** Returns a copy with a reference in place of each schema that has a title; `schemas` collects them by title. */
function withReferences<Part>(part: Part, schemas: Record<string, object>): Part
function withReferences(part: unknown, schemas: Record<string, object>): unknown {
  if (Array.isArray(part)) return part.map((one) => withReferences(one, schemas))
  if (typeof part !== 'object' || part === null) return part
  // Our own validation keyword (text/tidy.ts). Digits are measured once it has dropped blanks and hyphens, so a client that
  // validates by the document must not limit them as typed (they never get longer).
  const ours = 'tidy' in part && part.tidy === 'digits' ? ['tidy', 'maxLength', 'pattern'] : ['tidy']
  const copied = Object.fromEntries(
    Object.entries(part)
      .filter(([name]) => !ours.includes(name))
      .map(([name, one]) => [name, withReferences(one, schemas)])
  )
  if (typeof copied.title !== 'string') return copied
  const { title, ...schema } = copied
  schemas[title] = schema
  return { $ref: `#/components/schemas/${title}` }
}

function header(description: string, schema: object) {
  return { description, schema }
}

function count(example: number) {
  return { type: 'integer', format: 'int32', minimum: 0, maximum: 2_147_483_647, examples: [example] }
}
