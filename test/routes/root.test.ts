import t from 'tap'
import { build } from '../helper.ts'

t.test('the bare address says what this is, and everything that it names is there', async (t) => {
  const { app } = await build(t)
  const reply = await app.inject('/')
  t.equal(reply.statusCode, 200)
  const { name, ...paths } = reply.json<Record<string, string>>()
  t.equal(name, 'citizen-auth')
  t.strictSame(Object.keys(paths), ['api', 'docs', 'health'])
  for (const path of Object.values(paths)) t.ok((await app.inject(path)).statusCode < 400, path)
})
