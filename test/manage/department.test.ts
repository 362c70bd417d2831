import { randomUUID } from 'node:crypto'
import { like } from 'drizzle-orm'
import t from 'tap'
import { auditEvents } from '../../src/db/schema.ts'
import { db } from '../database.ts'
import { createStaff } from '../staff.ts'
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

t.test('a department whose name looks like an existing one is refused', async (t) => {
  const tail = randomUUID()
  const first = `Yoʻl xoʻjaligi ${tail}`
  await succeed(['department', 'add', first])
  for (const name of [
    "Yo'l xo'jaligi",
    'Yo‘l xo’jaligi',
    'Yo`l xo´jaligi',
    'YOʼL  XOʼJALIGI',
    ' yo\u2019l\u00a0xo\u200b\u02bcjaligi'
  ])
    t.strictSame(await run(['department', 'add', `${name} ${tail}`]), {
      code: 1,
      stdout: '',
      stderr: `manage: There is a department named "${first}" already.\n`
    })
  t.equal((await succeed(['department', 'list'])).filter(([, name]) => name?.endsWith(tail)).length, 1)
})

t.test('a department needs a visible name', async (t) => {
  for (const [name, problem] of [
    ['   ', 'must not be empty'],
    ['\u200b', 'must not be empty'],
    ['\u0301', 'must have a letter or digit that can be seen'],
    ['Yo\u202el', 'must not have characters that cannot be seen or turn the text around (U+202E)'],
    ['a\tb', 'must not have characters that cannot be seen or turn the text around (U+0009)'],
    ['a'.repeat(151), 'must have at most 150 characters']
  ] as const) {
    t.strictSame(await run(['department', 'add', name]), {
      code: 1,
      stdout: '',
      stderr: `manage: A name ${problem}.\n`
    })
  }
})

t.test('a renamed department keeps its id', async (t) => {
  const [name, other] = [`Yoʻl ${randomUUID()}`, `Suv ${randomUUID()}`]
  const [[id] = []] = await succeed(['department', 'add', name])
  await succeed(['department', 'add', other])
  const spelled = name.replace('ʻ', "'").toUpperCase()
  t.strictSame(await succeed(['department', 'rename', name.toLowerCase(), '--to', spelled]), [[id, spelled]])
  t.match(await run(['department', 'rename', name, '--to', other.toUpperCase()]), {
    code: 1,
    stdout: '',
    stderr: `manage: There is a department named "${other}" already.\n`
  })
  t.match(await run(['department', 'rename', 'No such place', '--to', 'x']), {
    code: 1,
    stderr: 'manage: There is no department named "No such place".\n'
  })
  t.match(await run(['department', 'rename', name]), { code: 2, stderr: /^error: required option '--to/ })
})

t.test('a department is deleted only if nobody works there', async (t) => {
  const { phone, department } = await createStaff()
  t.match(await run(['department', 'delete', department.name]), {
    code: 1,
    stdout: '',
    stderr: `manage: Somebody works at "${department.name}"; move or remove its staff first.\n`
  })
  await succeed(['staff', 'remove', phone])
  t.strictSame(await succeed(['department', 'delete', department.name]), [
    [department.id, department.name, 'deleted']
  ])
  t.match(await run(['department', 'delete', department.name]), { code: 1, stderr: /There is no department/ })
})

t.test('the audit log records renamed and deleted departments, but no failed attempts', async (t) => {
  await db.delete(auditEvents).where(like(auditEvents.event, 'department_%'))
  const { department } = await createStaff()
  const name = randomUUID()
  await succeed(['department', 'add', name])
  t.equal((await run(['department', 'rename', name, '--to', department.name])).code, 1)
  t.equal((await run(['department', 'delete', department.name])).code, 1)
  await succeed(['department', 'rename', name, '--to', `${name} 2`])
  await succeed(['department', 'delete', `${name} 2`])
  const told = await db.select().from(auditEvents).where(like(auditEvents.event, 'department_%'))
  t.strictSame(told.map(({ event }) => event).sort(), ['department_deleted', 'department_renamed'])
})
