import t from 'tap'
import * as errors from '../../src/errors.ts'
import { LANGUAGES } from '../../src/text/language.ts'
import { uz } from '../../src/text/messages/uz.ts'
import { errorSentence, phrases } from '../../src/text/messages.ts'

/** Every error that errors.ts defines. */
const defined = Object.values(errors).filter(
  (value) => typeof value === 'function' && 'code' in value && 'statusCode' in value
)
/** The letters that a language is written in, and those that none of its texts has. */
const written = {
  uz: { its: /[a-zʻʼ]/i, no: /[а-яё'‘’]/i },
  'uz-Cyrl': { its: /[а-яўқғҳ]/i, no: /[ыщ]/i },
  kaa: { its: /[a-záóúńǵı]/i, no: /[а-яёʻ'‘’]/i },
  ru: { its: /[а-яё]/i, no: /[ўқғҳ]/i },
  en: { its: /[a-z]/i, no: /[а-яё]/i }
}

t.test('every language has a sentence for each error, and none for removed errors', async (t) => {
  for (const language of LANGUAGES) {
    for (const { code, message } of defined) {
      t.match(errorSentence(language, code, message), /^\p{Lu}[^{}]*\.$/u, `${language} ${code}`)
    }
  }
  t.strictSame(Object.keys(uz.errors).sort(), defined.map(({ code }) => code).sort())
})

t.test('a sentence is in the letters of its language, and no two languages share one', async (t) => {
  for (const { code, message } of defined) {
    const sentences = LANGUAGES.map((language) => errorSentence(language, code, message))
    t.equal(new Set(sentences).size, LANGUAGES.length, code)
  }
  for (const language of LANGUAGES) {
    const texts = [
      ...defined.map(({ code, message }) => errorSentence(language, code, message)),
      ...Object.values(phrases[language])
    ]
    for (const text of texts.filter((text) => text !== phrases.en.fault && text !== '{field}: {fault}.')) {
      t.match(text, written[language].its)
      t.notMatch(text, written[language].no)
    }
  }
})

t.test('a phrase has the same placeholders in every language', async (t) => {
  const figures = (text: string) => text.match(/\{\w+\}/g)?.sort() ?? []
  for (const language of LANGUAGES) {
    const own = Object.entries(phrases[language]).map(([rule, text]) => [rule, figures(text)])
    const english = Object.entries(phrases.en).map(([rule, text]) => [rule, figures(text)])
    t.strictSame(own, english, language)
  }
})
