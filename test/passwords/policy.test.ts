import t from 'tap'
import { PASSWORD_MAX_LENGTH } from '../../src/passwords/hash.ts'
import { passwordProblem } from '../../src/passwords/policy.ts'

const tooShort = /at least 12 characters/
const tooEasy = /easy to guess/
const good = 'teapot Samarkand violins'

t.test('a few unrelated words are a good password, whatever the script', async (t) => {
  for (const password of [good, 'choynak skripka yomgʻir 8', 'самовар скрипка туман', 'kR7#vQ2m!xZ9pL']) {
    t.equal(passwordProblem(password, 12), undefined, password)
  }
})

t.test('a password shorter than the setting is refused, one of that length is not', async (t) => {
  t.match(passwordProblem('kR7#vQ2m!xZ', 12), tooShort)
  t.equal(passwordProblem('kR7#vQ2m!xZ9', 12), undefined)
  t.match(passwordProblem('kR7#vQ2m!xZ9', 13), 'at least 13 characters')
})

t.test('length is counted in characters, not in bytes or UTF-16 units', async (t) => {
  t.match(passwordProblem('🫖🎻🌫🚲🧭🪁', 12), tooShort, 'six characters of two units each')
  t.match(
    passwordProblem('\u00e9'.repeat(6).normalize('NFD'), 12),
    tooShort,
    'six letters with separate accents'
  )
})

t.test('a password that was garbled when read is refused', async (t) => {
  for (const lost of ['\ufffd', '\ud800', '\u0000', '\t', '\x1b[A'])
    t.match(passwordProblem(`${good}${lost}`, 12), /control characters, or is not in UTF-8/, escape(lost))
})

t.test('a password over the maximum length is refused, one of that length is not', async (t) => {
  const long = good.repeat(20)
  t.match(passwordProblem(long.slice(0, PASSWORD_MAX_LENGTH + 1), 12), /at most 256 characters/)
  t.equal(passwordProblem(long.slice(0, PASSWORD_MAX_LENGTH), 12), undefined)
})

t.test('common passwords, patterns and repetitions are refused, however long', async (t) => {
  for (const easy of [
    'password1234',
    'Password123!',
    'qwertyuiop[]',
    '123456789012',
    'aaaaaaaaaaaaaaaa',
    'abcabcabcabc'
  ]) {
    t.match(passwordProblem(easy, 12), tooEasy, easy)
  }
})

t.test("a password made of the owner's name, number or department is refused", async (t) => {
  const own = ['+998901234567', 'Gulnora Rahmatullayeva', 'Yunusobod mahallasi']
  for (const easy of [
    'Rahmatullayeva',
    'rahmatullayeva1',
    '+998901234567',
    'GulnoraRahmatullayeva',
    'Yunusobod mahallasi'
  ]) {
    t.match(passwordProblem(easy, 12, own), tooEasy, easy)
  }
  t.equal(passwordProblem('Rahmatullayeva', 12), undefined, 'for somebody else it is good')
})

t.test('an empty own word is ignored', async (t) => {
  t.equal(passwordProblem(good, 12, ['', '  ']), undefined)
})
