import t from 'tap'
import { isSameSecret } from '../../src/text/secret.ts'

t.test('secrets of any length can be compared', async (t) => {
  t.ok(isSameSecret('abc', 'abc'))
  for (const other of ['', 'abd', 'abcd', 'ab']) t.notOk(isSameSecret('abc', other))
})
