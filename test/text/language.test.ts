import fc from 'fast-check'
import t from 'tap'
import { LANGUAGES, languageOf } from '../../src/text/language.ts'

t.test('a reader gets the requested language, however it is written', async (t) => {
  for (const [header, language] of [
    ['uz', 'uz'],
    ['uz-UZ', 'uz'],
    ['uz_UZ', 'uz'],
    ['uz-Latn', 'uz'],
    ['UZ-latn-uz', 'uz'],
    ['uz-Cyrl', 'uz-Cyrl'],
    ['uz-Cyrl-UZ', 'uz-Cyrl'],
    ['uz_cyrl_UZ', 'uz-Cyrl'],
    ['kaa', 'kaa'],
    ['kaa-UZ', 'kaa'],
    ['ru-RU', 'ru'],
    ['ru-u-nu-latn', 'ru'],
    [' en-GB ', 'en']
  ] as const) {
    t.equal(languageOf(header), language, header)
  }
})

t.test('a reader gets the preferred one of several languages', async (t) => {
  for (const [header, language] of [
    ['ru-RU,ru;q=0.9,en-US;q=0.8,en;q=0.7', 'ru'],
    ['en;q=0.2, uz-Cyrl;q=0.9, ru;q=0.5', 'uz-Cyrl'],
    ['tg-TJ, kk;q=0.9, kaa;q=0.1', 'kaa'],
    ['ru;q=0, uz;q=0.1', 'uz'],
    ['*, ru;q=0.5', 'ru'],
    ['ru;q=x, en', 'en']
  ] as const) {
    t.equal(languageOf(header), language, header)
  }
})

t.test('a header without a known language yields none', async (t) => {
  for (const header of [
    undefined,
    '',
    '*',
    'tg',
    'uzbek',
    'rus',
    'e',
    'ru;q=0',
    ';;;',
    ',,,',
    '-',
    '_',
    'q=1'
  ]) {
    t.equal(languageOf(header), undefined, String(header))
  }
})

t.test('no header throws, and a long one costs no time', async (t) => {
  const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[a-z*,;=q.0-9 "\\_-]{0,60}$/))
  fc.assert(
    fc.property(anything, (header) => {
      const language = languageOf(header)
      return language === undefined || LANGUAGES.includes(language)
    }),
    { numRuns: 5_000 }
  )
  const before = performance.now()
  for (const part of ['a,', '"', ';q=0.1', '-', ' ', '\\"', 'ru;q=0.001,']) {
    for (let i = 0; i < 100; i++) languageOf(part.repeat(16_384 / part.length))
  }
  t.ok(performance.now() - before < 500)
})
