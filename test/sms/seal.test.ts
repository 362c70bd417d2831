import t from 'tap'
import { createSeal } from '../../src/sms/seal.ts'

const SECRET = 'a secret of this test that keys the seals'

t.test('what is sealed is read by who has the secret, also in another process', async (t) => {
  const sealed = createSeal(SECRET, 'sms').seal('Kirish kodi: 4821. Ўзбекча')
  t.equal(createSeal(SECRET, 'sms').open(sealed), 'Kirish kodi: 4821. Ўзбекча')
})

t.test('what is sealed tells nothing, and the same text is sealed anew each time', async (t) => {
  const { seal } = createSeal(SECRET, 'sms')
  t.notMatch(Buffer.from(seal('4821'), 'base64url').toString('latin1'), '4821')
  t.not(seal('4821'), seal('4821'))
})

t.test('another secret, another purpose, a changed byte and no seal at all open nothing', async (t) => {
  const { seal, open } = createSeal(SECRET, 'sms')
  const sealed = seal('4821')
  const bytes = Buffer.from(sealed, 'base64url')
  bytes[bytes.length - 1] = Number(bytes.at(-1)) ^ 1
  t.equal(createSeal(`${SECRET}!`, 'sms').open(sealed), undefined)
  t.equal(createSeal(SECRET, 'other').open(sealed), undefined)
  for (const other of [bytes.toString('base64url'), '', 'x', sealed.slice(0, 20)])
    t.equal(open(other), undefined)
})
