import t from 'tap'
import type { Caller } from '../../src/plugins/otp.ts'
import { entryName, otpNames } from '../../src/redis/otp-names.ts'

const SECRET = 'a secret of this test that keys the digests'
const caller: Caller = { phone: '+998901112233', purpose: 'sign-in', address: '10.0.0.1' }
const names = otpNames({ secret: SECRET })
const change: Caller = { ...caller, purpose: 'change-phone:one' }

t.test('each entry has a unique name of 16 characters', async (t) => {
  const names = Array.from({ length: 1_000 }, entryName)
  for (const name of names) t.match(name, /^[\w-]{16}$/)
  t.equal(new Set(names).size, names.length)
})

t.test('a digest depends on number, purpose, code and secret alone', async (t) => {
  const digest = names.digest(caller, '1234')
  t.match(digest, /^[0-9a-f]{64}$/)
  t.equal(names.digest({ ...caller, address: '10.0.0.2' }, '1234'), digest)
  for (const other of [
    names.digest(caller, '1235'),
    names.digest(change, '1234'),
    names.digest({ ...caller, phone: '+998901112234' }, '1234'),
    otpNames({ secret: `${SECRET}!` }).digest(caller, '1234')
  ])
    t.not(other, digest)
})

t.test('a source and a device are each named by 22 characters', async (t) => {
  t.match(names.sourceName(caller), /^[\w-]{22}$/)
  t.match(names.deviceName('token'), /^[\w-]{22}$/)
  t.not(names.sourceName({ ...caller, address: '10.0.0.2' }), names.sourceName(caller))
  t.not(names.deviceName('other'), names.deviceName('token'))
  t.equal(names.deviceName(undefined), '')
})

t.test(
  'the asker is the source at a sign-in and the user at a change of number, which has no source',
  async (t) => {
    t.equal(names.askerName(caller), names.sourceName(caller))
    t.equal(names.sourceName(change), '')
    t.match(names.askerName(change), /^[\w-]{22}$/)
    t.not(names.askerName({ ...change, purpose: 'change-phone:other' }), names.askerName(change))
    t.equal(names.askerName({ ...change, address: '10.0.0.2' }), names.askerName(change))
  }
)

t.test('everything has two names during a change of secret, and otherwise one', async (t) => {
  const next = otpNames({ secret: `${SECRET}!`, acceptedSecret: SECRET })
  const asking = { ...caller, deviceToken: 'token' }
  const { device, source, asker, ...none } = names.namesOf(asking)
  t.strictSame(none, { accepted_device: '', accepted_source: '', accepted_asker: '' })
  t.match(next.namesOf(asking), {
    device: otpNames({ secret: `${SECRET}!` }).deviceName('token'),
    accepted_device: device,
    accepted_source: source,
    accepted_asker: asker
  })
  t.strictSame(names.digestsOf(caller, '1234'), {
    digest: names.digest(caller, '1234'),
    accepted_digest: ''
  })
  t.strictSame(next.digestsOf(caller, '1234'), {
    digest: next.digest(caller, '1234'),
    accepted_digest: names.digest(caller, '1234')
  })
})
