import t from 'tap'
import { createSeal } from '../../src/sms/seal.ts'

const secret = 'a secret of this test that keys the seals'
const own = { secret }

t.test('sealed text is readable by another holder of the secret', async (t) => {
  const sealed = createSeal(own, 'sms').seal('Kirish kodi: 4821. Ўзбекча')
  t.equal(createSeal(own, 'sms').open(sealed), 'Kirish kodi: 4821. Ўзбекча')
})

t.test('sealed text reveals nothing, and is different each time', async (t) => {
  const { seal } = createSeal(own, 'sms')
  t.notMatch(Buffer.from(seal('4821'), 'base64url').toString('latin1'), '4821')
  t.not(seal('4821'), seal('4821'))
})

t.test('a wrong secret, a wrong purpose, a changed byte or a missing seal opens nothing', async (t) => {
  const { seal, open } = createSeal(own, 'sms')
  const sealed = seal('4821')
  const bytes = Buffer.from(sealed, 'base64url')
  bytes[bytes.length - 1] = Number(bytes.at(-1)) ^ 1
  t.equal(createSeal({ secret: `${secret}!` }, 'sms').open(sealed), undefined)
  t.equal(createSeal(own, 'other').open(sealed), undefined)
  for (const other of [bytes.toString('base64url'), '', 'x', sealed.slice(0, 20)])
    t.equal(open(other), undefined)
})

t.test('text sealed with either secret is readable by both during a change', async (t) => {
  const next = `${secret}!`
  const before = createSeal({ secret, acceptedSecret: next }, 'sms')
  const after = createSeal({ secret: next, acceptedSecret: secret }, 'sms')
  t.equal(after.open(before.seal('4821')), '4821')
  t.equal(before.open(after.seal('4821')), '4821')
  t.equal(createSeal(own, 'sms').open(after.seal('4821')), undefined, 'each seals with its own')
})
