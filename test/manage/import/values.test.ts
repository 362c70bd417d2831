import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { run } from '../run.ts'
import {
  DJANGO_HASH,
  djangoDepartment,
  djangoProfile,
  djangoStaff,
  djangoUser,
  importRows,
  type Row,
  storedUser
} from './dump.ts'

t.test('a pk above 2^53 is refused, so that nobody gets the staff profile of another', async (t) => {
  const department = djangoDepartment()
  const citizen = djangoUser({}, 'BIG')
  const rows = [department.row, citizen.row, djangoStaff('REFERENCE', department.pk, 1)]
  const text = JSON.stringify(rows)
    .replace('"BIG"', '9007199254740993')
    .replace('"REFERENCE"', '9007199254740992')
  const { code, stderr } = await run(['import', 'django', '-'], text)
  t.equal(code, 1)
  t.match(stderr, 'row 2, user 900719*****92: refused: the pk is not a whole number below 2^53')
  t.match(stderr, 'row 3, staff 1: refused: the pk is not a whole number below 2^53')
  t.equal(await storedUser(citizen.phone), undefined)
})

t.test('a pk may be text of up to 255 characters', async (t) => {
  const made = [255, 256, 9_000].map((length) => djangoUser({}, randomUUID().repeat(250).slice(0, length)))
  const { lines, counts } = await importRows(
    t,
    made.map(({ row }) => row)
  )
  t.match(counts, { user: '3 1 0 0 2' })
  t.match(lines[0], /^row 2, user .{40}: refused: the pk is longer than 255 characters$/)
})

t.test('a join date that PostgreSQL cannot store refuses only its row', async (t) => {
  const days = [
    '0000-01-01T00:00:00Z',
    '0001-01-01T00:00:00+05:00',
    '9999-12-31T23:59:59-05:00',
    '0001-01-01T00:00:00Z',
    '9999-12-31T23:59:59Z'
  ]
  const { lines, counts } = await importRows(
    t,
    days.map((date_joined, pk) => djangoUser({ date_joined }, `day-${pk}-${randomUUID()}`).row)
  )
  t.match(counts, { user: '5 2 0 0 3' })
  for (const index of [0, 1, 2]) t.match(lines[index], /refused: date_joined is not a time$/)
})

t.test('a phone number must be text or a number, and a department name text', async (t) => {
  const { row, phone } = djangoUser()
  const rows = [
    { ...row, fields: { ...row.fields, phone_number: [phone] } },
    djangoDepartment('null').row,
    ...[null, 'a\u0000b', 'a\ud800b', ['null'], '', 7].map((name) => djangoStaff(1, [name], 1))
  ]
  const { lines, counts } = await importRows(t, rows)
  t.match(counts, { department: '1 1 0 0 0', user: '1 0 0 0 1', staff: '6 0 0 0 6' })
  t.strictSame(
    lines.slice(1, -1).map((line) => line.replace(/.*refused: /, '')),
    [
      'the natural key in department is empty',
      'department must not have characters that cannot be seen or turn the text around (U+0000)',
      'department must not have characters that cannot be seen or turn the text around (U+D800)',
      'department is not text',
      'the natural key in department is empty',
      'department is not text'
    ]
  )
})

t.test('an unreadable password keeps nobody from being imported', async (t) => {
  const passwords: [unknown, RegExp][] = [
    ['x'.repeat(2_000), /password is longer than 1000 characters/],
    [
      'pbkdf2_sha256$1$a\u0000b$VrX+V8drCGo68wlvy6rfu8i1d1pfkdeXA4LJkRGJodY=',
      /password has control characters/
    ],
    [
      'pbkdf2_sha256$1$\ud800$VrX+V8drCGo68wlvy6rfu8i1d1pfkdeXA4LJkRGJodY=',
      /password has control characters/
    ],
    [7, /password is not text/],
    [` ${DJANGO_HASH}`, /an unknown format is not among/]
  ]
  const department = djangoDepartment()
  const made = passwords.map(([password]) => djangoUser({ password }))
  const { lines, counts } = await importRows(t, [
    department.row,
    ...made.map(({ row }) => row),
    ...made.map(({ pk }) => djangoStaff(pk, department.pk))
  ])
  t.match(counts, { staff: '5 5 0 0 0', 'passwords refused': '5' })
  for (const [index, [, says]] of passwords.entries()) t.match(lines[index], says)
  for (const { phone } of made) t.match(await storedUser(phone), { passwordHash: null })
})

t.test('a salt stays as Django wrote it', async (t) => {
  const password = DJANGO_HASH.replace('seasalt', 'se\u0301a salt ')
  const department = djangoDepartment()
  const { row, pk, phone } = djangoUser({ password })
  t.equal((await importRows(t, [department.row, row, djangoStaff(pk, department.pk)])).code, 0)
  t.equal((await storedUser(phone))?.passwordHash, password)
})

const anyText = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 300 })
  .map((units) => String.fromCharCode(...units))
const nasty = fc.constantFrom(
  ...[
    '\u0000',
    '\ud800',
    'x'.repeat(9_000),
    '!',
    DJANGO_HASH,
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59-05:00'
  ],
  ...[2 ** 53, -0, 1.5, 1e300, null, true, [], [null], [['+998901234567']], ['a\u0000'], {}],
  ...['00000000-0000-4000-8000-000000000000', '2024-02-31T00:00:00Z', '+998901234567', '998901234567']
)
const anything = fc.oneof(fc.jsonValue(), anyText, fc.tuple(anyText), nasty)
const fieldsOf = {
  department: ['id', 'name'],
  user: [
    ...[
      'id',
      'phone_number',
      'password',
      'is_active',
      'date_joined',
      'last_login',
      'full_name',
      'first_name',
      'last_name'
    ],
    ...['neighborhood', 'location']
  ],
  profile: ['user', 'full_name', 'neighborhood', 'location'],
  staff: ['user', 'department']
}

/** A valid row of each model. */
function goodRows(): Record<keyof typeof fieldsOf, Row> {
  const [department, user] = [djangoDepartment(), djangoUser()]
  return {
    department: department.row,
    user: user.row,
    profile: djangoProfile(user.pk),
    staff: djangoStaff(user.pk, department.pk)
  }
}

const spoiledRow = fc
  .constantFrom('department' as const, 'user' as const, 'profile' as const, 'staff' as const)
  .chain((model) =>
    fc.record({
      model: fc.constant(model),
      field: fc.constantFrom('pk', ...fieldsOf[model]),
      value: anything
    })
  )

t.test('each row is imported, unchanged or refused, whatever a field of it holds', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(spoiledRow, { minLength: 1, maxLength: 40 }), async (spoiled) => {
      const rows = spoiled.flatMap(({ model, field, value }) => {
        const good = goodRows()
        const { [model]: row } = good
        const bad =
          field === 'pk' ? { ...row, pk: value } : { ...row, fields: { ...row.fields, [field]: value } }
        return Object.values({ ...good, [model]: bad })
      })
      const { stdout, stderr, counts } = await importRows(t, rows)
      if (!stdout) throw new Error(stderr)
      for (const model of Object.keys(fieldsOf)) {
        const [read = 0, ...settled] = (counts[model] ?? '').split(' ').map(Number)
        if (read !== spoiled.length || read !== settled.reduce((sum, count) => sum + count))
          throw new Error(`${model}: ${counts[model]}`)
      }
    }),
    { numRuns: 40, endOnFailure: true }
  )
})
