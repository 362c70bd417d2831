import fc from 'fast-check'
import type { CountryCode } from 'libphonenumber-js/mobile'
import t from 'tap'
import { ApiError } from '../src/errors.ts'
import { maskPhone, toE164 } from '../src/phone.ts'

/** The number in E.164, or the error code; any other throw fails the test. */
function outcome(input: string, countries: CountryCode[] = ['UZ']): string {
  try {
    return toE164(input, countries)
  } catch (error) {
    if (error instanceof ApiError) return error.code
    throw error
  }
}

// security.md 4.1: the codes that the numbering plan assigns entirely to mobile networks.
const mobileCodes = [
  '20',
  '33',
  '50',
  '77',
  '80',
  '87',
  '88',
  '90',
  '91',
  '92',
  '93',
  '94',
  '95',
  '97',
  '98',
  '99'
]
/** Nine digits of a mobile number. */
const national = fc
  .tuple(fc.constantFrom(...mobileCodes), fc.integer({ min: 0, max: 9_999_999 }))
  .map(([code, rest]) => `${code}${String(rest).padStart(7, '0')}`)

const inDigits = (zero: string) => (digits: string) =>
  digits.replace(/\d/g, (digit) => String.fromCodePoint((zero.codePointAt(0) ?? 0) + Number(digit)))
const fullWidth = inDigits('０')
const arabic = inDigits('٠')
const persian = inDigits('۰')

/** `90 123-45-67` and the like. */
const grouped = (digits: string, marks: [string, string, string, string]) =>
  [digits.slice(0, 2), digits.slice(2, 5), digits.slice(5, 7), digits.slice(7)]
    .map((part, i) => `${marks[i]}${part}`)
    .join('')

const spellings = (n: string): string[] => [
  ...[n, `998${n}`, `+998${n}`, `00998${n}`, `8${n}`, `0${n}`, `810998${n}`],
  grouped(n, ['', ' ', '-', '-']),
  grouped(n, ['(', ') ', ' ', ' ']),
  grouped(n, ['8 ', ' ', ' ', ' ']),
  grouped(n, ['0 (', ') ', '-', '-']),
  grouped(n, ['+998 (', ') ', '-', '-']),
  grouped(n, ['+998.', '.', '.', '.']),
  grouped(n, ['00 998 ', ' ', ' ', ' ']),
  grouped(n, ['', '\u00a0', '\u00a0', '\u00a0']),
  grouped(n, ['', '–', '‑', '−']),
  ...[
    fullWidth(n),
    fullWidth(`8${n}`),
    fullWidth(`＋998${n}`),
    arabic(n),
    arabic(`0${n}`),
    persian(`+998${n}`)
  ],
  ...[`tel:+998${n}`, `TEL: +998-${grouped(n, ['', '-', '-', '-'])}`, `tel:${n}`],
  grouped(n, ['(+998) ', ' ', ' ', ' ']),
  grouped(n, ['+(998) ', '.', '.', '.']),
  grouped(n, ['+998 (0) ', ' ', ' ', ' ']),
  grouped(n, ['(+998)(0)', '-', '-', '-']),
  grouped(n, ['00998 (\u200e0) ', ' ', ' ', ' ']),
  grouped(n, ['(0) ', ' ', ' ', ' ']),
  ...['\t', '·', '•', '‧', '∙', '・', '\u2800', '—', '\u2043', '\u3000', '\u00ad'].map((mark) =>
    grouped(n, ['+998', mark, mark, mark])
  ),
  ...['\u0966', '\u07c0', '\u1810', '\ua9d0', '\u{1d7ce}', '\u{1d7f6}', '\u{1e950}'].map((zero) =>
    inDigits(zero)(n)
  ),
  ...[`  +998${n}\n`, `\u202a+998${n}\u202c`, `\u200e998${n}`, `+998${n}\u00a0`, [...n].join('\u200b')]
]

t.test('every spelling in the contract yields one number', async (t) => {
  const listed = [
    ...['+998901234567', '998901234567', '901234567', '90 123-45-67', '(90) 123 45 67', '00998901234567'],
    ...['8 90 123 45 67', '0901234567', '９０１２３４５６７', '٩٠١٢٣٤٥٦٧', '90\u00a0123\u00a045\u00a067'],
    ...['(+998) 90 123 45 67', '+998 (0) 90 123 45 67', 'tel:+998-90-123-45-67', '90\t123\t45\t67']
  ]
  for (const typed of listed) t.equal(outcome(typed), '+998901234567', typed)
})

t.test('every spelling of a mobile number yields that number', async () => {
  fc.assert(
    fc.property(national, (digits) => spellings(digits).every((typed) => outcome(typed) === `+998${digits}`))
  )
})

t.test('nine digits starting with 998 are a number with code 99', async (t) => {
  t.equal(outcome('998901234'), '+998998901234')
})

t.test('a normalised number normalises to itself', async () => {
  fc.assert(fc.property(national, (digits) => outcome(outcome(digits)) === outcome(digits)))
})

const marks = [
  ...'0123456789',
  ...'+-() ./;,#*~x',
  '\u00a0',
  '\u200e',
  '９',
  '＋',
  '٩',
  '\u0000',
  '\ud800',
  '😀'
]
const nearlyNumbers = fc.string({ unit: fc.constantFrom(...marks), maxLength: 40 })
const dialled = fc
  .tuple(
    fc.constantFrom('', '+', '+998', '998', '00998', '8', '0', '810998', '+7'),
    fc.stringMatching(/^\d{7,10}$/)
  )
  .map((parts) => parts.join(''))

t.test('any input yields an Uzbek number in E.164 or PHONE_INVALID', async () => {
  const anything = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    nearlyNumbers,
    dialled
  )
  fc.assert(
    fc.property(anything, (typed) => /^(\+998[0-9]{9}|PHONE_INVALID)$/.test(outcome(typed))),
    { numRuns: 5_000 }
  )
})

t.test('letters anywhere in or around a number make it invalid', async () => {
  const letters = fc.stringMatching(/^[a-zа-яў=:;@_]{1,8}$/)
  fc.assert(
    fc.property(national, letters, fc.nat(13), (digits, word, place) => {
      const number = `+998${digits}`
      return outcome(`${number.slice(0, place)}${word}${number.slice(place)}`) === 'PHONE_INVALID'
    })
  )
})

t.test('anything but one mobile number of the country is refused', async (t) => {
  const landlines = ['+998712345678', '78 123 45 67', '55 123 45 67', '62 123 45 67']
  const unassigned = ['96 123 45 67', '51 123 45 67', '89 123 45 67', '10 123 45 67', '48 123 45 67']
  const foreign = ['+79161234567', '+77011234567', '+14155552671', '+990901234567', '0079161234567']
  const extensions = ['901234567;ext=1', '901234567 ext 12', '901234567 доб. 5', '901234567x5', '901234567#5']
  const uris = [
    'tel:+998901234567;ext=5',
    'tel:+998712345678',
    'sms:+998901234567',
    'tel:tel:901234567',
    '901234567tel:'
  ]
  const wrapped = ['call me +998901234567', 'tel:', '<b>901234567</b>', '901234567\u0000']
  const misshapen = ['', ' ', '+', '+998', '90123456', '9012345678', '+9989012345678', '++998901234567']
  const zeros = ['+998 (0)(0) 90 123 45 67', '90 (0) 123 45 67', '+7 (0) 916 123 45 67', '90 123 456 (0) 7']
  const twice = ['+998 998 90 123 45 67', '+998 0 90 123 45 67', '90 123 45 67 / 91 123 45 67']
  const long = [
    '9'.repeat(33),
    `901234567${' '.repeat(119)}ext. 5 call me`,
    `90${' '.repeat(40)}1234567`,
    '9'.repeat(1_000_000),
    '\u200b'.repeat(1_000_000)
  ]
  for (const typed of [
    ...[landlines, unassigned, foreign, extensions, uris, wrapped, misshapen, zeros, twice, long].flat()
  ]) {
    t.equal(outcome(typed), 'PHONE_INVALID', typed.slice(0, 40))
  }
})

t.test('a number without a country code belongs to the first allowed country', async (t) => {
  t.equal(outcome('701 123 45 67', ['KZ', 'UZ']), '+77011234567')
  t.equal(outcome('8 701 123 45 67', ['KZ', 'UZ']), '+77011234567')
  t.equal(outcome('90 123 45 67', ['UZ', 'KZ']), '+998901234567')
})

t.test(
  'numbers of further allowed countries need their country code, and all others are refused',
  async (t) => {
    t.equal(outcome('+77011234567', ['UZ', 'KZ']), '+77011234567')
    t.equal(outcome('8 701 123 45 67', ['UZ', 'KZ']), 'PHONE_INVALID')
    t.equal(outcome('+79161234567', ['UZ', 'KZ']), 'PHONE_INVALID', 'Russia shares its code with Kazakhstan')
    t.equal(outcome('+998901234567', []), 'PHONE_INVALID')
  }
)

t.test('a masked number hides five digits', async (t) => {
  t.equal(maskPhone('+998901234567'), '+99890*****67')
})
