import t from 'tap'
import type { Caller } from '../../src/plugins/otp.ts'
import { otpNames } from '../../src/redis/otp-names.ts'

const SECRET = 'a secret of this test that keys the digests'
const caller: Caller = { phone: '+998901112233', purpose: 'sign-in', address: '10.0.0.1' }
const names = otpNames(SECRET)
const change: Caller = { ...caller, purpose: 'change-phone:one' }

t.test('a digest is of the number, the purpose and the code, and of the secret', async (t) => {
  const digest = names.digest(caller, '1234')
  t.match(digest, /^[0-9a-f]{64}$/)
  t.equal(names.digest({ ...caller, address: '10.0.0.2' }, '1234'), digest)
  for (const other of [
    names.digest(caller, '1235'),
    names.digest(change, '1234'),
    names.digest({ ...caller, phone: '+998901112234' }, '1234'),
    otpNames(`${SECRET}!`).digest(caller, '1234')
  ])
    t.not(other, digest)
})

t.test('a source and a device are named by 22 characters that tell neither', async (t) => {
  t.match(names.sourceName(caller), /^[\w-]{22}$/)
  t.match(names.deviceName('token'), /^[\w-]{22}$/)
  t.not(names.sourceName({ ...caller, address: '10.0.0.2' }), names.sourceName(caller))
  t.not(names.deviceName('other'), names.deviceName('token'))
  t.equal(names.deviceName(undefined), '')
})

t.test(
  'who signs in is an asker by the source, who changes a number by the user, and has no source there',
  async (t) => {
    t.equal(names.askerName(caller), names.sourceName(caller))
    t.equal(names.sourceName(change), '')
    t.match(names.askerName(change), /^[\w-]{22}$/)
    t.not(names.askerName({ ...change, purpose: 'change-phone:other' }), names.askerName(change))
    t.equal(names.askerName({ ...change, address: '10.0.0.2' }), names.askerName(change))
  }
)

t.test('a key is named with the purpose, and what is asked for by the number and the device', async (t) => {
  const key = names.keyName('sign-in', 'a key')
  t.match(key, /^[\w-]{22}$/)
  for (const other of [names.keyName('change-phone:one', 'a key'), names.keyName('sign-in', 'a Key')])
    t.not(other, key)
  const asked = names.askedName(caller.phone, 'a device')
  t.match(asked, /^[\w-]{22}$/)
  for (const other of [names.askedName(caller.phone), names.askedName('+998901112234', 'a device')])
    t.not(other, asked)
})
