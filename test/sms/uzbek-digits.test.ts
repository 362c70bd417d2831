import t from 'tap'
import { uzbekDigits } from '../../src/sms/uzbek-digits.ts'

t.test('a number of Uzbekistan loses its plus', async (t) => {
  t.equal(uzbekDigits('+998901234567'), '998901234567')
})

t.test('a number of another country is out of reach, which is no word on the number', async (t) => {
  for (const phone of ['+77011234567', '+99290123456', '+12025550123'])
    t.throws(() => uzbekDigits(phone), { message: /^unreachable: / })
})
