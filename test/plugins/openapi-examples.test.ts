import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import Fastify from 'fastify'
import t from 'tap'
import * as errors from '../../src/errors.ts'
import { samples } from '../../src/http/samples.ts'
import { formatKeys } from '../../src/keys/key.ts'
import errorHandler from '../../src/plugins/error-handler.ts'
import { build, claimsOf } from '../helper.ts'
import { ES256 } from '../known-keys.ts'
import { createStaff } from '../staff.ts'

const folder = t.testdir({ 'keys.json': formatKeys([ES256]) })
const { app, verifyOtp } = await build(t, {
  ...{ DEBUG: 'true', JWT_SECRET: '', JWT_KEYS: `${folder}/keys.json` }
})
const { paths, components } = (await app.inject('/openapi.json')).json()
const { password } = await createStaff(samples.staffPhone)

interface Media {
  schema: object
  example?: unknown
  examples?: Record<string, { value: unknown }>
}
interface Operation {
  operationId: string
  security: object[]
  parameters: { in?: string; name?: string; example?: string }[]
  requestBody?: { content: Record<string, Media> }
  responses: Record<string, { headers: object; content?: Record<string, Media> }>
}
const operations = Object.entries<Record<string, Operation>>(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation }))
)
type Call = (typeof operations)[number]
const json = (content?: Record<string, Media>) => content?.['application/json']
const examplesOf = (media?: Media) =>
  media?.examples ? Object.values(media.examples).map(({ value }) => value) : [media?.example]

const ajv = new Ajv2020({ strict: false })
formats.default(ajv)
function problems(media: Media | undefined, value: unknown): string {
  ajv.validate({ ...media?.schema, components }, value)
  return ajv.errorsText()
}
const fieldsOf = (value: unknown) => Object.keys([value].flat()[0] ?? {})

/** Sends the documented request, in which a newly signed-in citizen's own values replace the samples. */
async function send({ path, method, security, parameters, requestBody }: Call) {
  const { access, refresh } = (await verifyOtp(samples.phone, samples.code)).json()
  const own: Record<string, string> = {
    [samples.access]: access,
    [samples.refresh]: refresh,
    [samples.password]: password
  }
  own[samples.session] = claimsOf(access).sid
  const filled = (text: string) => text.replace(/[\w.-]+( [a-z]+)*/g, (word) => own[word] ?? word)
  const { example } = json(requestBody?.content) ?? {}
  const inPath = parameters.find((parameter) => parameter.in === 'path')
  return app.inject({
    method:
      method === 'patch' ? 'PATCH' : method === 'post' ? 'POST' : method === 'delete' ? 'DELETE' : 'GET',
    url: filled(path.replace(`{${inPath?.name}}`, inPath?.example ?? '')),
    headers: security.length > 0 ? { authorization: `Bearer ${access}` } : {},
    ...(example !== undefined && { payload: JSON.parse(filled(JSON.stringify(example))) })
  })
}

t.test('every example request works in development, and its reply is as documented', async (t) => {
  for (const operation of operations) {
    const { operationId, requestBody, responses } = operation
    t.notOk(requestBody && !json(requestBody.content)?.example, `${operationId} has an example`)
    const [status = '', { content, headers } = { headers: {} }] = Object.entries(responses)[0] ?? []
    const reply = await send(operation)
    t.equal(String(reply.statusCode), status, `${operationId}: ${reply.body}`)
    for (const name of Object.keys(headers)) t.ok(reply.headers[name.toLowerCase()], `${operationId} ${name}`)
    if (!content) t.equal(reply.body, '')
    else {
      t.equal(problems(json(content), reply.json()), 'No errors', operationId)
      const shown = examplesOf(json(content)).flatMap(fieldsOf)
      for (const field of fieldsOf(reply.json())) t.ok(shown.includes(field), `${operationId} ${field}`)
    }
  }
})

t.test('every example body fits its schema', async (t) => {
  for (const { operationId, requestBody, responses } of operations) {
    const bodies = [requestBody, ...Object.values(responses)].map((part) => json(part?.content))
    for (const media of bodies.filter((media) => media !== undefined))
      for (const example of examplesOf(media)) t.equal(problems(media, example), 'No errors', operationId)
  }
})

t.test('every example error is what the service answers', async (t) => {
  const thrower = Fastify()
  t.teardown(() => thrower.close())
  thrower.register(errorHandler)
  const definitions = Object.values(errors).filter((value) => 'statusCode' in value)
  thrower.get<{ Params: { code: string } }>('/:code', async ({ params }) => {
    const definition = definitions.find(({ code }) => code === params.code)
    if (definition) throw new errors.ApiError(definition, definition.example)
  })
  for (const { responses } of operations)
    for (const { content, headers } of Object.values(responses))
      for (const [code, { value }] of Object.entries(json(content)?.examples ?? {})) {
        if (!definitions.some((definition) => definition.code === code)) continue
        const reply = await thrower.inject(`/${code}`)
        t.strictSame(reply.json(), value)
        for (const name of ['WWW-Authenticate', 'Retry-After'])
          t.equal(name.toLowerCase() in reply.headers, name in headers, `${code} ${name}`)
      }
})
