import t from 'tap'
import { groups, settings } from '../../src/config/settings.ts'

t.test('every setting has a description', async (t) => {
  for (const [name, { description }] of settings) t.ok(description, name)
})

t.test('the name of a setting follows from its group and field, and is unique', async (t) => {
  t.equal(groups.otp.nameOf('ttlSeconds'), 'OTP_TTL_SECONDS')
  t.equal(groups.process.nameOf('debugEvenOnANetwork'), 'DEBUG_EVEN_ON_A_NETWORK')
  const fields = Object.values(groups).flatMap(({ fields }) => Object.keys(fields.properties))
  t.equal(settings.size, fields.length)
})
