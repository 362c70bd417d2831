import t from 'tap'
import { finished } from '../../src/http/api-document.ts'

const ok = { description: 'Done', content: { 'application/json': { schema: { type: 'string' } } } }
const call = (operation: object) => {
  const { paths, components } = finished({ paths: { '/x': { post: operation } }, components: {} })
  return { operation: paths['/x'].post as Record<string, unknown>, components }
}

t.test('a schema with a title becomes a component, however deep it is', async (t) => {
  const inner = { title: 'Inner', type: 'string' }
  const schema = { title: 'Outer', properties: { one: inner, many: { items: [inner] } } }
  const { operation, components } = call({ responses: {}, requestBody: { content: { any: { schema } } } })
  const reference = { $ref: '#/components/schemas/Inner' }
  t.match(operation, {
    requestBody: { content: { any: { schema: { $ref: '#/components/schemas/Outer' } } } }
  })
  t.strictSame(components, {
    schemas: {
      Inner: { type: 'string' },
      Outer: { properties: { one: reference, many: { items: [reference] } } }
    }
  })
})

t.test('a body that may be null is not required', async (t) => {
  const content = (type: string | string[]) => ({ 'application/json': { schema: { type } } })
  for (const [type, required] of [
    ['object', true],
    [['object', 'null'], false]
  ] as const) {
    const requestBody = { required: true, content: content(typeof type === 'string' ? type : [...type]) }
    t.match(call({ responses: {}, requestBody }).operation, { requestBody: { required } })
  }
})

t.test('a reply lists the headers of its status and those of rate-limited calls', async (t) => {
  const responses = { 200: ok, 401: ok, 429: ok, 503: ok }
  const headers = ({ operation }: ReturnType<typeof call>) =>
    Object.values(operation.responses as Record<string, { headers: object }>).map(({ headers }) =>
      Object.keys(headers).slice(1)
    )
  t.strictSame(headers(call({ responses })), [[], ['WWW-Authenticate'], ['Retry-After'], ['Retry-After']])
  const counts = ['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset']
  const counted = call({ responses, 'x-rate-limited': true })
  t.strictSame(headers(counted), [counts, ['WWW-Authenticate'], ['Retry-After', ...counts], ['Retry-After']])
  t.notOk('x-rate-limited' in counted.operation)
})

t.test('our own keywords are left out of the document', async (t) => {
  const schema = { type: 'string', tidy: 'text' }
  const { operation } = call({ responses: {}, requestBody: { content: { any: { schema } } } })
  t.strictSame(operation.requestBody, { content: { any: { schema: { type: 'string' } } } })
})

t.test(
  'the document does not measure a code as typed, since blanks and hyphens are dropped first',
  async (t) => {
    const schema = { type: 'string', tidy: 'digits', minLength: 4, maxLength: 8, pattern: '^[0-9]*$' }
    const { operation } = call({ responses: {}, requestBody: { content: { any: { schema } } } })
    t.strictSame(operation.requestBody, { content: { any: { schema: { type: 'string', minLength: 4 } } } })
  }
)
