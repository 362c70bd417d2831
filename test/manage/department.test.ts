import { randomUUID } from 'node:crypto'
import t from 'tap'
import { run, succeed } from './run.ts'

t.test('adding a department prints its id and name, and it is listed', async (t) => {
  const name = `Roads ${randomUUID()}`
  const [added = []] = await succeed(['department', 'add', name])
  t.match(added, [/^[0-9a-f-]{36}$/, name])
  const listed = await succeed(['department', 'list'])
  t.strictSame(
    listed.filter(([id]) => id === added[0]),
    [added]
  )
})

t.test('spaces around a name are not part of it', async (t) => {
  const name = randomUUID()
  t.match(await succeed(['department', 'add', `  ${name}\n`]), [[/./, name]])
})

t.test('a name that is taken is refused in one sentence', async (t) => {
  const name = randomUUID()
  await succeed(['department', 'add', name])
  t.strictSame(await run(['department', 'add', name]), {
    code: 1,
    stdout: '',
    stderr: `manage: There is a department named "${name}" already.\n`
  })
})

t.test('a department needs a name', async (t) => {
  t.match(await run(['department', 'add', '   ']), {
    code: 1,
    stderr: 'manage: A name has 1 to 150 characters, without tabs.\n'
  })
})
