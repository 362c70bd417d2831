import { type TSchema, Type } from '@sinclair/typebox'
import Fastify from 'fastify'
import t from 'tap'
import { validationSentence } from '../../src/http/validation-sentence.ts'
import { LANGUAGES, type Language } from '../../src/text/language.ts'
import { tidyKeyword } from '../../src/text/tidy.ts'

/** The message for a client that sends this payload to a route with that schema. */
async function sentence(body: TSchema, payload: unknown, language: Language = 'en'): Promise<string> {
  const app = Fastify({ ajv: { customOptions: { coerceTypes: false, keywords: [tidyKeyword] } } })
  app.setErrorHandler<{ validation: Parameters<typeof validationSentence>[0] }>(({ validation }) =>
    validationSentence(validation, language)
  )
  app.post('/', { schema: { body } }, async () => 'valid')
  const headers = { 'content-type': 'application/json' }
  return (await app.inject({ method: 'POST', url: '/', headers, payload: JSON.stringify(payload) })).body
}

const code = Type.Object({ code: Type.String({ minLength: 4, maxLength: 8, pattern: '^[0-9]*$' }) })
const name = Type.Object({ name: Type.Unsafe({ type: ['string', 'null'], minLength: 1 }) })

t.test('the message says which field is wrong and how', async (t) => {
  t.equal(await sentence(code, { code: '1234' }), 'valid')
  t.equal(await sentence(code, {}), 'The body must have the field code.')
  t.equal(await sentence(code, []), 'The body must be a JSON object.')
  t.equal(await sentence(code, { code: 1234 }), 'code must be a JSON string.')
  t.equal(await sentence(code, { code: '123' }), 'code must have at least 4 characters.')
  t.equal(await sentence(code, { code: '123456789' }), 'code must have at most 8 characters.')
  t.equal(await sentence(code, { code: '12e4' }), 'code contains characters that are not allowed there.')
  t.equal(await sentence(name, { name: '' }), 'name must not be empty.')
  t.equal(await sentence(name, { name: 5 }), 'name must be a JSON string or null.')
})

t.test('the message is in the language of the client', async (t) => {
  const empty = { name: '' }
  t.equal(await sentence(name, empty, 'uz'), 'name: boʻsh boʻlmasligi kerak.')
  t.equal(await sentence(name, empty, 'uz-Cyrl'), 'name: бўш бўлмаслиги керак.')
  t.equal(await sentence(name, empty, 'kaa'), 'name: bos bolmawı kerek.')
  t.equal(await sentence(name, empty, 'ru'), 'name: не должно быть пустым.')
  t.equal(await sentence(code, {}, 'ru'), 'Тело запроса: не хватает поля code.')
  t.equal(await sentence(name, { name: 5 }, 'uz'), 'name: JSON turi string yoki null boʻlishi kerak.')
  t.equal(
    await sentence(Type.Object({ age: Type.Integer({ minimum: 1 }) }), { age: 0 }, 'ru'),
    'age: заполнено неверно.'
  )
})

t.test('faults in a name are described in every language, with their figures', async (t) => {
  const tidy = Type.Object({ name: Type.String({ tidy: 'text', minLength: 1, maxLength: 3 }) })
  const told = async (value: string) => {
    const sentences = await Promise.all(
      LANGUAGES.map((language) => sentence(tidy, { name: value }, language))
    )
    t.equal(new Set(sentences).size, LANGUAGES.length, value)
    for (const told of sentences) t.match(told, /^name:? [^{}]+\.$/)
    return sentences.join()
  }
  t.match(await told(' '), /boʻsh boʻlmasligi/)
  t.equal((await told('Alisher')).match(/\b3\b/g)?.length, LANGUAGES.length)
  t.equal((await told('A\u202e')).match(/\(U\+202E\)/g)?.length, LANGUAGES.length)
  t.match(await told('-'), /видимая/)
  t.match(await told('\u0301A'), /над буквой/)
})

t.test('a nested field is named by its path', async (t) => {
  const nested = Type.Object({ profile: Type.Object({ tags: Type.Array(Type.String()) }) })
  t.equal(await sentence(nested, { profile: { tags: ['a', 2] } }), 'profile.tags.1 must be a JSON string.')
})

t.test('a rule without our own words is described in those of the validator', async (t) => {
  t.equal(await sentence(Type.Object({ age: Type.Integer({ minimum: 1 }) }), { age: 0 }), 'age must be >= 1.')
})

t.test('the value is never quoted, for it may be a code or a password', async (t) => {
  for (const value of ['48x21', '482119482119', 482119]) {
    t.notMatch(await sentence(code, { code: value }), String(value))
  }
})

t.test('there is a message even if the validator says nothing', async (t) => {
  t.equal(validationSentence([], 'en'), 'The body has the wrong form.')
  const silent = { keyword: 'odd', instancePath: '/x', schemaPath: '', params: {} }
  t.equal(validationSentence([silent], 'en'), 'x has the wrong form.')
})
