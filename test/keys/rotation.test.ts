import t from 'tap'
import { newKey } from '../../src/keys/key.ts'
import { rotate } from '../../src/keys/rotation.ts'

const HOUR = 3_600_000
const NOW = new Date('2026-11-28T12:00:00.000Z')
const ago = (hours: number) => new Date(NOW.getTime() - hours * HOUR).toISOString()
const terms = { now: NOW, alg: 'ES256', retainSeconds: 3_600 } as const

t.test('the next key becomes active, the active one retires, and a new one is next', async (t) => {
  const [active, next] = [newKey('ES256', 'active', NOW), newKey('ES256', 'next', NOW)]
  const [first, second, third] = rotate([active, next], terms)
  t.match(first, { kid: active.kid, state: 'retired', retired_at: NOW.toISOString() })
  t.match(second, { kid: next.kid, state: 'active' })
  t.match(third, { state: 'next' })
})

t.test('a retired key is kept as long as its last token can live', async (t) => {
  const retired = (hours?: number) => ({
    ...newKey('ES256', 'retired', NOW),
    ...(hours !== undefined && { retired_at: ago(hours) })
  })
  const [young, old, byHand] = [retired(0.5), retired(2), retired()]
  const keys = rotate([young, old, byHand], terms)
  t.match(
    keys.find(({ kid }) => kid === young.kid),
    { retired_at: ago(0.5) }
  )
  t.equal(
    keys.find(({ kid }) => kid === old.kid),
    undefined
  )
  t.match(
    keys.find(({ kid }) => kid === byHand.kid),
    { retired_at: NOW.toISOString() }
  )
})

t.test('a key reactivated by hand retires as of now, whatever time the file says', async (t) => {
  const again = { ...newKey('ES256', 'active', NOW), retired_at: ago(48) }
  const once = rotate([again, newKey('ES256', 'next', NOW)], terms)
  t.match(once[0], { kid: again.kid, state: 'retired', retired_at: NOW.toISOString() })
  const soon = new Date(NOW.getTime() + HOUR / 2)
  t.ok(rotate(once, { ...terms, now: soon }).some(({ kid }) => kid === again.kid))
})
