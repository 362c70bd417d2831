import t from 'tap'
import { createSeal } from '../../src/sms/seal.ts'

const secret = 'a secret of this test that keys the seals'
const own = { secret }

t.test('what is sealed is read by who has the secret, also in another process', async (t) => {
  const sealed = createSeal(own, 'sms').seal('Kirish kodi: 4821. Ўзбекча')
  t.equal(createSeal(own, 'sms').open(sealed), 'Kirish kodi: 4821. Ўзбекча')
})

t.test('what is sealed tells nothing, and the same text is sealed anew each time', async (t) => {
  const { seal } = createSeal(own, 'sms')
  t.notMatch(Buffer.from(seal('4821'), 'base64url').toString('latin1'), '4821')
  t.not(seal('4821'), seal('4821'))
})

t.test('another secret, another purpose, a changed byte and no seal at all open nothing', async (t) => {
  const { seal, open } = createSeal(own, 'sms')
  const sealed = seal('4821')
  const bytes = Buffer.from(sealed, 'base64url')
  bytes[bytes.length - 1] = Number(bytes.at(-1)) ^ 1
  t.equal(createSeal({ secret: `${secret}!` }, 'sms').open(sealed), undefined)
  t.equal(createSeal(own, 'other').open(sealed), undefined)
  for (const other of [bytes.toString('base64url'), '', 'x', sealed.slice(0, 20)])
    t.equal(open(other), undefined)
})

t.test('while the secret is changed, what either has sealed is read by both', async (t) => {
  const next = `${secret}!`
  const before = createSeal({ secret, acceptedSecret: next }, 'sms')
  const after = createSeal({ secret: next, acceptedSecret: secret }, 'sms')
  t.equal(after.open(before.seal('4821')), '4821')
  t.equal(before.open(after.seal('4821')), '4821')
  t.equal(createSeal(own, 'sms').open(after.seal('4821')), undefined, 'each seals with its own')
})
