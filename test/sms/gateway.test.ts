import t from 'tap'
import { GatewayFailure, withoutDigits } from '../../src/sms/gateway.ts'

const MASKED = [
  'Code 482913 is refused',
  'no route to +998901234567',
  'no route to +998 90 123 45 67',
  'no route to +998 (90) 123-45-67',
  'no route to 998.90.123.45.67',
  'code 4 8 2 9',
  'code 482_913, 482/913, 482,913, 48·29·13, 4*8*2*9',
  'code 482\u2212913, 48\u200b29, 48\u00ad29, ٤٨٢٩'
]

t.test('messages of a provider show no code and no phone number, however written', async (t) => {
  for (const text of MASKED) {
    t.match(withoutDigits(text), /\*{4}/)
    t.notMatch(withoutDigits(text), /\d/)
    t.notMatch(new GatewayFailure('rejected', text).message, /\d/)
  }
})

t.test('messages of a provider keep small figures, and are cut if long', async (t) => {
  t.equal(withoutDigits('HTTP 422: 12 digits, not 9'), 'HTTP 422: 12 digits, not 9')
  t.equal(withoutDigits('1 '.repeat(1e6)), '**** ')
  t.equal(withoutDigits('x'.repeat(1_000)).length, 200)
})
