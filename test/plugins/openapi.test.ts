import t from 'tap'
import { build } from '../helper.ts'

const { app } = await build(t)
const reply = await app.inject('/openapi.json')
const document = reply.json()

const everybody = ['INTERNAL_ERROR', 'MIGRATIONS_PENDING', 'SERVICE_UNAVAILABLE']
const withBody = ['JSON_INVALID', 'VALIDATION_FAILED', 'BODY_TOO_LARGE', 'MEDIA_TYPE_UNSUPPORTED']
const strayBody = ['JSON_INVALID', 'BODY_TOO_LARGE', 'MEDIA_TYPE_UNSUPPORTED']
const signedIn = ['TOKEN_MISSING', 'TOKEN_INVALID', 'TOKEN_EXPIRED', 'SESSION_ENDED', 'RATE_LIMITED']

/** The calls of the customer's task, with the errors that the contract lists for each. */
const seed = [
  {
    ...{ method: 'post', path: '/api/auth/send-otp/', bearer: false },
    codes: [
      ...[...withBody, 'PHONE_INVALID', 'IDEMPOTENCY_MISMATCH', 'OTP_COOLDOWN', 'OTP_SEND_LIMIT'],
      ...['SMS_UNAVAILABLE', 'RATE_LIMITED']
    ]
  },
  {
    ...{ method: 'post', path: '/api/auth/verify-otp/', bearer: false },
    codes: [
      ...withBody,
      'PHONE_INVALID',
      'OTP_INVALID',
      'ACCOUNT_DISABLED',
      'OTP_ATTEMPT_LIMIT',
      'RATE_LIMITED'
    ]
  },
  {
    ...{ method: 'post', path: '/api/auth/staff-login/', bearer: false },
    codes: [
      ...[...withBody, 'PHONE_INVALID', 'CREDENTIALS_INVALID', 'STAFF_PROFILE_REQUIRED'],
      ...['LOGIN_LIMIT', 'SERVICE_BUSY', 'RATE_LIMITED']
    ]
  },
  { method: 'patch', path: '/api/users/profile/', bearer: true, codes: [...withBody, ...signedIn] },
  { method: 'get', path: '/api/users/me/', bearer: true, codes: signedIn }
]

/** Our own calls, with the errors of each besides those common to its kind. */
const ours = [
  ['post', '/api/auth/refresh/', ['TOKEN_INVALID', 'TOKEN_EXPIRED', 'SESSION_ENDED', 'RATE_LIMITED']],
  ['post', '/api/auth/logout/', ['TOKEN_MISSING', 'TOKEN_INVALID', 'RATE_LIMITED']],
  ['get', '/api/auth/sessions/', signedIn],
  ['delete', '/api/auth/sessions/', signedIn],
  ['delete', '/api/auth/sessions/{id}/', [...signedIn, 'NOT_FOUND', 'VALIDATION_FAILED']],
  [
    ...['post', '/api/users/phone/'],
    [
      ...[...signedIn, 'REAUTH_REQUIRED', 'STAFF_ACCOUNT', 'PHONE_TAKEN', 'PHONE_INVALID'],
      ...['IDEMPOTENCY_MISMATCH', 'OTP_COOLDOWN', 'OTP_SEND_LIMIT', 'SMS_UNAVAILABLE']
    ]
  ],
  [
    ...['post', '/api/users/phone/verify/'],
    [
      ...[...signedIn, 'REAUTH_REQUIRED', 'STAFF_ACCOUNT', 'PHONE_TAKEN', 'PHONE_INVALID'],
      ...['OTP_INVALID', 'OTP_ATTEMPT_LIMIT']
    ]
  ],
  ['delete', '/api/users/me/', [...signedIn, 'REAUTH_REQUIRED', 'STAFF_ACCOUNT']]
] as [method: string, path: string, codes: string[]][]

interface Media {
  schema: { allOf?: { properties?: { code?: { enum: string[] } } }[] }
  example?: unknown
  examples?: Record<string, unknown>
}
interface Operation {
  operationId: string
  summary: string
  tags: string[]
  security?: object[]
  parameters?: { $ref?: string; in?: string; name?: string; required?: boolean }[]
  requestBody?: { content: Record<string, Media> }
  responses: Record<
    string,
    { description: string; headers: Record<string, object>; content: Record<string, Media> }
  >
}
const operations = Object.values<Record<string, Operation>>(document.paths).flatMap((path) =>
  Object.values(path)
)
const json = (content?: Record<string, Media>) => content?.['application/json']
const codesOf = (content?: Record<string, Media>) =>
  json(content)?.schema.allOf?.flatMap(({ properties }) => properties?.code?.enum ?? []) ?? []

t.test('the document is OpenAPI 3.1 in JSON', async (t) => {
  t.equal(reply.statusCode, 200)
  t.match(reply.headers['content-type'], 'application/json')
  t.match(document.openapi, /^3\.1\.\d+$/)
  t.match(document.info, { title: 'citizen-auth', version: /^\d+\.\d+\.\d+$/ })
})

const calls = [
  ...seed,
  ...ours.map(([method, path, codes]) => ({
    ...{ method, path, bearer: codes.includes('TOKEN_MISSING') },
    codes: [...(method === 'post' ? withBody : method === 'delete' ? strayBody : []), ...codes]
  }))
]

for (const { method, path, bearer, codes } of calls) {
  t.test(`${method} ${path} is documented with its body, its answer and every error`, async (t) => {
    const operation: Operation = document.paths[path]?.[method]
    t.match(operation, { operationId: /^[a-zA-Z]+$/, summary: /./, tags: [/./] })
    const without = path === '/api/auth/logout/' ? [{}] : []
    t.strictSame(operation.security, bearer ? [...without, { bearerAuth: [] }] : [])
    t.equal(json(operation.requestBody?.content) !== undefined, method === 'post' || method === 'patch')
    const [[done = '', answer] = []] = Object.entries(operation.responses)
    t.ok(done === '204' ? !answer?.content : json(answer?.content)?.schema, 'the answer has a schema')
    const documented = Object.entries(operation.responses)
      .filter(([status]) => status !== done)
      .flatMap(([, { content }]) => codesOf(content))
    t.strictSame(documented.sort(), [...codes, ...everybody].sort())
  })
}

t.test('the document defines the bearer scheme of signed-in calls', async (t) => {
  t.match(document.components.securitySchemes.bearerAuth, {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT'
  })
})

t.test('only the calls that send a code take an Idempotency-Key', async (t) => {
  const inHeaders = ({ parameters = [] }: Operation) =>
    parameters.filter((parameter) => parameter.in === 'header')
  const taking = operations.filter((operation) => inHeaders(operation).length > 0)
  t.strictSame(taking.map(({ operationId }) => operationId).sort(), ['sendOtp', 'sendPhoneChangeCode'])
  for (const operation of taking) {
    const [header] = inHeaders(operation)
    t.match(header, {
      name: 'Idempotency-Key',
      description: /422/,
      schema: { type: 'string', maxLength: 255 }
    })
    t.notOk(header?.required)
  }
})

t.test('every error response explains its codes and has an example of each', async (t) => {
  for (const { operationId, responses } of operations) {
    for (const [status, { description, content }] of Object.entries(responses)) {
      if (Number(status) < 400) continue
      const codes = codesOf(content)
      t.ok(codes.length > 0, `${operationId} ${status}`)
      for (const code of codes) t.match(description, `\`${code}\``)
      t.match(
        Object.entries(json(content)?.examples ?? {}),
        codes.map((code) => [code, { value: { statusCode: Number(status), code, message: /./ } }])
      )
    }
  }
})

t.test('operation ids are unique, so that clients can be generated', async (t) => {
  const ids = operations.map(({ operationId }) => operationId)
  t.equal(new Set(ids).size, ids.length)
})

t.test('the tags that operations use are described', async (t) => {
  const described = document.tags.map(({ name }: { name: string }) => name)
  for (const { operationId, tags } of operations)
    t.ok(
      tags.every((tag) => described.includes(tag)),
      operationId
    )
})

t.test('development-only routes are not documented', async (t) => {
  const { app } = await build(t, { DEBUG: 'true' })
  const { paths } = (await app.inject('/openapi.json')).json()
  t.notOk(Object.keys(paths).some((path) => path.includes('/dev/') || path.includes('/docs')))
})

t.test('the documentation page loads its scripts under a content security policy', async (t) => {
  const page = await app.inject('/docs/')
  t.equal(page.statusCode, 200)
  t.match(page.headers['content-type'], 'text/html')
  t.match(page.headers['content-security-policy'], "script-src 'self'")
  t.notMatch(page.headers['content-security-policy'], 'unsafe-eval')
  const [, script] = /<script src="([^"]+)"/.exec(page.body) ?? []
  const url = new URL(script ?? '', 'http://localhost/docs/').pathname
  t.equal((await app.inject(url)).statusCode, 200, url)
})
