import t from 'tap'
import { partsOf } from '../../src/sms/parts.ts'

const texts: [what: string, text: string, parts: number][] = [
  ['160 letters of GSM-7', 'a'.repeat(160), 1],
  ['161 letters of GSM-7', 'a'.repeat(161), 2],
  ['306 letters of GSM-7', 'a'.repeat(306), 2],
  ['307 letters of GSM-7', 'a'.repeat(307), 3],
  ['80 brackets, each two letters of GSM-7', '['.repeat(80), 1],
  ['81 brackets', '['.repeat(81), 2],
  ['70 Cyrillic letters', 'ш'.repeat(70), 1],
  ['71 Cyrillic letters', 'ш'.repeat(71), 2],
  ['134 Cyrillic letters', 'ш'.repeat(134), 2],
  ['135 Cyrillic letters', 'ш'.repeat(135), 3],
  ['71 letters of which one is ʻ', `ʻ${'a'.repeat(70)}`, 2],
  ['71 letters with an ASCII apostrophe', `'${'a'.repeat(70)}`, 1],
  ['35 emoji', '😀'.repeat(35), 1],
  ['36 emoji', '😀'.repeat(36), 2]
]

for (const [what, text, parts] of texts)
  t.test(`${what} are billed as ${parts}`, async (t) => {
    t.equal(partsOf(text), parts)
  })

t.test('texts that differ only in digits have equally many parts, and others are not mixed up', async (t) => {
  for (let i = 0; i < 1_100; i++) partsOf(`${i} ${'b'.repeat(i % 200)}`)
  t.equal(partsOf(`1234${'a'.repeat(156)}`), 1)
  t.equal(partsOf(`5678${'a'.repeat(156)}`), 1)
  t.equal(partsOf(`5678${'a'.repeat(157)}`), 2)
})
