import t from 'tap'
import { isLive, readTestNumber, testNumberProblems } from '../src/test-number.ts'

const good = '+998901234567:482913:2026-12-31'
/** The problems found in these entries. */
const problems = (...entries: string[]) => [...testNumberProblems(entries, ['UZ'])]

t.test('an entry is a number as people type it, a code and a last day', async (t) => {
  const expected = { phone: '+998901234567', code: '482913', lastDay: '2026-12-31' }
  for (const entry of [
    good,
    ' 90 123-45-67 : 482913 : 2026-12-31 ',
    '(+998) 90 123 45 67:482-913:2026-12-31',
    '901234567: ٤٨٢ ٩١٣ :2026-12-31'
  ]) {
    t.strictSame(problems(entry), [])
    t.strictSame(readTestNumber(entry, ['UZ']), expected)
  }
})

t.test('an entry must have three parts, and the refusal shows the format', async (t) => {
  for (const entry of ['+998901234567', '+998901234567:482913', `${good}:`, `${good}:x`, '::', ':']) {
    t.match(problems(good, entry), [/^entry 2: must be number:code:day/], entry)
  }
})

t.test('the number must be mobile and of an allowed country', async (t) => {
  for (const number of ['', '+998712345678', '+77011234567', 'anybody']) {
    t.match(problems(`${number}:482913:2026-12-31`), [/mobile number of PHONE_COUNTRIES/], number)
  }
  t.strictSame([...testNumberProblems(['+77011234567:482913:2026-12-31'], ['UZ', 'KZ'])], [])
})

t.test('a number has one entry, however it is spelt', async (t) => {
  t.match(problems(good, '901234567:736152:2027-01-31'), ['entry 2: the number has an entry already'])
})

t.test('the code has 6 to 8 digits', async (t) => {
  for (const code of ['482913', '4829130', '48291307']) {
    t.strictSame(problems(`+998901234567:${code}:2026-12-31`), [])
  }
  for (const code of ['', '4829', '48291', '482913071', '48291a', '48.29.13']) {
    t.match(problems(`+998901234567:${code}:2026-12-31`), [/6 to 8 digits/], code)
  }
})

t.test('a code that repeats one digit, or counts up or down, is refused', async (t) => {
  for (const code of [
    '000000',
    '11111111',
    '123456',
    '01234567',
    '567890',
    '12-34-56',
    '654321',
    '09876543'
  ]) {
    t.match(problems(`+998901234567:${code}:2026-12-31`), [/first that are guessed/], code)
  }
})

t.test('the last day must be a real date', async (t) => {
  for (const day of [
    '2026-02-30',
    '2026-13-01',
    '2026-00-10',
    '31.12.2026',
    '2026-12-31T00',
    'never',
    '20261231'
  ]) {
    t.match(problems(`+998901234567:482913:${day}`), [/must be a date/], day)
  }
  t.strictSame(problems('+998901234567:482913:2028-02-29'), [])
  t.strictSame(
    problems('+998901234567:482913:2020-01-01'),
    [],
    'a past day is allowed: the number is like any other'
  )
})

t.test('ten numbers are accepted, eleven are not', async (t) => {
  const entries = Array.from({ length: 11 }, (_, i) => `+9989012345${10 + i}:482913:2026-12-31`)
  t.strictSame(problems(...entries.slice(1)), [])
  t.strictSame(problems(...entries), ['has room for 10 numbers'])
})

t.test('all problems are reported at once, without any number or code', async (t) => {
  const told = problems('+998712345678:7391:2026-02-30', 'x:482914')
  t.equal(told.length, 4)
  t.notMatch(told.join(), /712345678|7391|482914/)
})

t.test('a test number is live until its last day ends in UTC', async (t) => {
  const number = readTestNumber(good, ['UZ'])
  t.equal(isLive(number, Date.parse('2026-12-31T23:59:59.999Z')), true)
  t.equal(isLive(number, Date.parse('2027-01-01T00:00:00.000Z')), false)
  t.equal(isLive(number, Date.parse('2027-01-01T04:59:59+05:00')), true, 'Tashkent is five hours ahead')
})
