import t from 'tap'
import { otpKeys } from '../../src/redis/otp-keys.ts'

const PHONE = '+998901234567'

t.test('all keys of a number are in one slot of a Redis Cluster, and no two are the same', async (t) => {
  const keys = Object.values(otpKeys(PHONE, 'sign-in')).flat()
  t.ok(keys.every((key) => key.startsWith(`otp:{${PHONE}}:`)))
  t.equal(new Set(keys).size, keys.length)
  t.equal(keys.length, 15)
})

t.test('codes of two purposes do not meet; the budgets of a number are one', async (t) => {
  const { code, previous, spent, ...budgets } = otpKeys(PHONE, 'sign-in')
  const other = otpKeys(PHONE, 'change-phone:1')
  t.not(other.code, code)
  t.not(other.previous, previous)
  t.not(other.spent, spent)
  t.match(other, budgets)
})
