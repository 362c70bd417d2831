import t from 'tap'
import { otpMessage, phoneChangedMessage } from '../../src/sms/text.ts'

const purposes = ['sign-in', 'change-phone:1'] as const
/** A code of each length that OTP_LENGTH may have. */
const codes = ['4821', '48213', '482137', '4821370', '48213705']

t.test(
  'an SMS is one part of 160 GSM-7 characters for every length of code and the longest life',
  async (t) => {
    for (const code of codes)
      for (const purpose of purposes) t.ok(otpMessage(purpose, code, 2_147_483_647).length <= 160, code)
  }
)

t.test(
  'the SMS about a change of number is one part, and holds nothing that could be taken for a code',
  async (t) => {
    t.match(phoneChangedMessage, /^[\x20-\x2f\x3a-\x5a\x5f\x61-\x7a]{1,160}$/)
  }
)

t.test('an SMS has only characters that take one place in GSM-7', async (t) => {
  // ASCII without what GSM-7 lacks (`) or writes in two places.
  for (const code of codes)
    for (const purpose of purposes)
      t.match(otpMessage(purpose, code, 300), /^[\x20-\x5a\x5f\x61-\x7a]+$/, code)
})

t.test('an SMS holds the code once, and no other number that could be taken for it', async (t) => {
  for (const code of ['0042', ...codes])
    t.strictSame(otpMessage('sign-in', code, 300).match(/\d{4,}/g), [code])
})

t.test('an SMS says what its code does', async (t) => {
  t.match(otpMessage('sign-in', '4821', 300), /^Kirish kodi: 4821/)
  t.match(otpMessage('change-phone:1', '4821', 300), /^Raqamni boshqa hisobga biriktirish kodi: 4821/)
})

t.test('an SMS says to give the code to nobody', async (t) => {
  t.match(otpMessage('sign-in', '4821', 300), 'Kodni hech kimga bermang')
})

t.test('an SMS says for how many minutes the code lives, a minute begun as a whole', async (t) => {
  t.match(otpMessage('sign-in', '4821', 300), / 5 daqiqa/)
  t.match(otpMessage('sign-in', '4821', 61), / 2 daqiqa/)
  t.match(otpMessage('sign-in', '4821', 1), / 1 daqiqa/)
})
