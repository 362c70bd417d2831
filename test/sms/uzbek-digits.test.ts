import t from 'tap'
import { uzbekDigits } from '../../src/sms/uzbek-digits.ts'

t.test('a number of Uzbekistan loses its plus', async (t) => {
  t.equal(uzbekDigits('+998901234567'), '998901234567')
})

t.test('a foreign number is unreachable, but not called invalid', async (t) => {
  for (const phone of ['+77011234567', '+99290123456', '+12025550123'])
    t.throws(() => uzbekDigits(phone), { message: /^unreachable: / })
})
