import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { tidyKeyword } from '../../src/text/tidy.ts'

/** What a handler gets of a body with this schema, or the error message. */
async function received(t: Test, schema: object, field: unknown) {
  const app = Fastify({ ajv: { customOptions: { coerceTypes: false, keywords: [tidyKeyword] } } })
  t.teardown(() => app.close())
  app.post('/', { schema: { body: { type: 'object', properties: { field: schema } } } }, ({ body }) => body)
  const reply = await app.inject({ method: 'POST', url: '/', payload: { field } })
  return reply.json().field ?? reply.json().message
}

t.test('a field is tidied before it is measured', async (t) => {
  const code = { type: 'string', tidy: 'digits', minLength: 4, maxLength: 4, pattern: '^[0-9]+$' }
  t.equal(await received(t, code, ' ١٢-34 '), '1234')
  t.match(await received(t, code, '1-2-3'), /fewer than 4/)
  const name = { type: ['string', 'null'], tidy: 'text', minLength: 1, maxLength: 3 }
  t.equal(await received(t, name, '  Ali \u200b'), 'Ali')
  t.match(await received(t, name, '  Alis'), /field must have at most 3 characters/)
})

t.test('a text without a limit may be long, and a non-string is left to the other keywords', async (t) => {
  t.equal(await received(t, { type: 'string', tidy: 'text' }, 'a'.repeat(500)), 'a'.repeat(500))
  t.match(await received(t, { type: 'string', tidy: 'text' }, 5), /must be string/)
})
