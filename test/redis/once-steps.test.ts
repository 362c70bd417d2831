import t from 'tap'
import { askedName, onceKey } from '../../src/redis/once-steps.ts'

const phone = '+998901112233'

t.test('a key is named by its purpose, and what was asked by number and device', async (t) => {
  const key = onceKey('sign-in', 'a key')
  t.match(key, /^once:[\w-]{22}$/)
  for (const other of [onceKey('change-phone:one', 'a key'), onceKey('sign-in', 'a Key')]) t.not(other, key)
  const asked = askedName(phone, 'a device')
  t.match(asked, /^[\w-]{22}$/)
  for (const other of [askedName(phone), askedName('+998901112234', 'a device'), askedName(`${phone}:a`)])
    t.not(other, asked)
})
