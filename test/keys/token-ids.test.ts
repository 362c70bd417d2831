import { randomUUID } from 'node:crypto'
import t from 'tap'
import { accessIdOf, digestOf, successorOf } from '../../src/keys/token-ids.ts'

t.test('the ids of a pair can be derived again, and are all different', async (t) => {
  const id = randomUUID()
  const ids = (from: string) => [successorOf(from), digestOf(from), accessIdOf(digestOf(from))]
  t.strictSame(ids(id), ids(id))
  t.equal(new Set([id, ...ids(id), ...ids(successorOf(id)), ...ids(randomUUID())]).size, 10)
  for (const made of ids(id)) t.match(made, /^[\w-]{43}$/)
})
