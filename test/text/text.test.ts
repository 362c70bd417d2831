import fc from 'fast-check'
import t from 'tap'
import { NAME_MAX, textProblem, tidyText } from '../../src/text/text.ts'

const anyText = fc.string({ unit: 'binary', maxLength: 30 })

t.test('tidy text stays as it is', async () => {
  fc.assert(
    fc.property(anyText, (typed) => tidyText(tidyText(typed)) === tidyText(typed)),
    { numRuns: 5_000 }
  )
})

t.test('stored text has a letter or digit and no lone surrogate', async () => {
  fc.assert(
    fc.property(anyText, (typed) => {
      const text = tidyText(typed)
      return textProblem(text, 30) !== undefined || (/[\p{L}\p{N}]/u.test(text) && !/\p{Cs}/u.test(text))
    }),
    { numRuns: 5_000 }
  )
})

t.test('spaces and invisible marks around a text are removed', async (t) => {
  const marks = [
    '\t',
    '\n',
    '\u00a0',
    '\u2003',
    '\u2028',
    '\u3000',
    '\ufeff',
    '\u200b',
    '\u200d',
    '\u200f',
    '\u2060',
    '\u2800',
    ...['\u00ad', '\u034f', '\u115f', '\u1160', '\u17b4', '\u180b', '\u3164', '\uffa0', '\u{1d173}']
  ]
  for (const mark of marks)
    t.equal(tidyText(`${mark}${mark} Ali${mark}V ${mark}`), `Ali${mark}V`, escape(mark))
  t.equal(tidyText(marks.join('')), '')
})

t.test('a variation selector after the last character is kept', async (t) => {
  for (const text of ['Ali ❤\ufe0f', '渡邉\u{e0101}']) t.equal(tidyText(`${text}\u3164 `), text, escape(text))
})

t.test('a combining mark follows a letter and never starts a text', async (t) => {
  for (const text of ['\u0301Ali', ' \u20ddAli', '\u200b\u093fAli'])
    t.equal(textProblem(tidyText(text), NAME_MAX), 'must not start with a mark that belongs on a letter')
  for (const text of ['A\u0323li', 'कि', '\ufe0fAli'])
    t.equal(textProblem(tidyText(text), NAME_MAX), undefined, escape(text))
})

t.test('a fault is described as the rest of a sentence, naming the character', async (t) => {
  for (const [text, problem] of [
    ['', 'must not be empty'],
    ['😀'.repeat(151), 'must have at most 150 characters'],
    ['...', 'must have a letter or digit that can be seen'],
    ['\u3164', 'must have a letter or digit that can be seen'],
    ['\u202eAli', 'must not have characters that cannot be seen or turn the text around (U+202E)'],
    ['A\u0000', 'must not have characters that cannot be seen or turn the text around (U+0000)'],
    ['A\u{e0041}', 'must not have characters that cannot be seen or turn the text around (U+E0041)'],
    ['A\ud800', 'must not have characters that cannot be seen or turn the text around (U+D800)']
  ] as const) {
    t.equal(textProblem(text, NAME_MAX), problem)
  }
})

t.test('letters and digits of every script are fine, with the joiners they need', async (t) => {
  for (const text of ['5', 'Я', 'علی‌رضا', 'क्‍ष', '李', "G'", 'Ali 👨‍👩‍👧', '𞤀', 'a'.repeat(150)])
    t.equal(textProblem(tidyText(text), NAME_MAX), undefined, text)
})

t.test('a text full of spaces is tidied at once', async (t) => {
  const before = performance.now()
  tidyText(`${' '.repeat(50_000)}a${' \u200b'.repeat(50_000)}b${' '.repeat(50_000)}`)
  tidyText('\u200b'.repeat(100_000))
  t.ok(performance.now() - before < 500)
})
