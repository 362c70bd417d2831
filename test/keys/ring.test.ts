import t from 'tap'
import { keyRing } from '../../src/keys/ring.ts'
import { ED_DSA, ES256 } from '../known-keys.ts'

const addressed = {
  issuer: 'citizen-auth',
  audience: 'citizen-api',
  refreshAudience: 'citizen-auth:refresh'
}

t.test('a ring finds its active key, wherever it stands, and keeps every key by its kid', async (t) => {
  const { active, keys } = await keyRing([ED_DSA, ES256], addressed)
  t.equal(active.kid, ES256.kid)
  t.strictSame(
    keys.map(({ kid }) => kid),
    [ED_DSA.kid, ES256.kid]
  )
})

t.test('a ring without an active key is refused', async (t) => {
  for (const keys of [[], [ED_DSA]]) await t.rejects(keyRing(keys, addressed), TypeError)
})
