import t from 'tap'
import { fill } from '../../src/text/fill.ts'

t.test('values replace every occurrence of their names', async (t) => {
  t.equal(fill('{field}: {limit}, {limit}', { field: 'code', limit: 4 }), 'code: 4, 4')
})

t.test('a value is inserted as it is, and a name without one stays', async (t) => {
  t.equal(fill('{field} {other}', { field: '$& {other} $1' }), '$& {other} $1 {other}')
})
