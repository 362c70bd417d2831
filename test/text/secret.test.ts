import t from 'tap'
import { isSameSecret } from '../../src/text/secret.ts'

t.test('secrets are the same or not, however long they are', async (t) => {
  t.ok(isSameSecret('abc', 'abc'))
  for (const other of ['', 'abd', 'abcd', 'ab']) t.notOk(isSameSecret('abc', other))
})
