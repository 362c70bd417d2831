import t from 'tap'
import { bareDigits } from '../../src/text/digits.ts'

const TEN = [...'0123456789']

t.test('digits of every script are read as ASCII digits', async (t) => {
  const points = Array.from({ length: 0x110000 }, (_, point) => point)
  const digits = points.filter((point) => /\p{Nd}/u.test(String.fromCodePoint(point)))
  const zeros = digits.filter((point) => bareDigits(String.fromCodePoint(point)) === '0')
  t.equal(digits.length, 10 * zeros.length)
  t.ok(zeros.length >= 65, `${zeros.length} scripts`)
  t.strictSame(
    zeros.map((zero) => TEN.map((_, value) => bareDigits(String.fromCodePoint(zero + value)))),
    zeros.map(() => TEN)
  )
  // Each of these is a zero by its name in the Unicode Character Database.
  for (const zero of '0٠۰߀०০੦૦୦௦౦೦൦෦๐໐༠၀႐០᠐᥆᧐᪀᪐᭐᮰᱀᱐꘠꣐꤀꧐꧰꩐꯰０𐒠𐴰𑁦𑃰𑄶𑇐𑋰𑑐𑓐𑙐𑛀𑜰𑣠𑥐𑱐𑵐𑶠𖩠𖫀𖭐𝟎𝟘𝟢𝟬𝟶𞅀𞋰𞥐🯰')
    t.equal(bareDigits(zero), '0', zero)
})

t.test('spaces, dashes and invisible marks are not part of a number', async (t) => {
  for (const mark of [
    ...[' ', '\t', '\n', '\r\n', '\u00a0', '\u2009', '\u202f', '\u3000', '\u2800', '\u2028'],
    ...['-', '\u2010', '\u2011', '–', '—', '\u2212', '－', '\u2043'],
    ...['\u200b', '\u200e', '\u200f', '\u202a', '\u2068', '\u2060', '\ufeff', '\u00ad', '\u034f', '\ufe0f']
  ]) {
    t.equal(bareDigits(`${mark}12${mark}${mark}34${mark}`), '1234', escape(mark))
  }
})

t.test('other characters stay, so that they can be refused', async (t) => {
  for (const typed of [
    '12a4',
    '+1',
    '1.2',
    '1/2',
    '(1)',
    '²',
    '①',
    'Ⅳ',
    '½',
    '1\u0000',
    '1\ud800',
    '😀',
    '1,2'
  ])
    t.equal(bareDigits(typed), typed)
})
