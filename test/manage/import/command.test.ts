import { randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { eq } from 'drizzle-orm'
import t from 'tap'
import { noDeadline } from '../../../src/db/deadline.ts'
import { insertDepartment, listDepartments } from '../../../src/db/departments.ts'
import { users } from '../../../src/db/schema.ts'
import { updateProfile } from '../../../src/db/users.ts'
import { hashPassword } from '../../../src/passwords/hash.ts'
import { databaseUrl, db } from '../../database.ts'
import { emptyDatabase } from '../../db/empty-database.ts'
import { build, randomPhone } from '../../helper.ts'
import { createProxy } from '../../proxy.ts'
import { insertUser } from '../../rows.ts'
import { createStaff } from '../../staff.ts'
import { run, succeed } from '../run.ts'
import {
  beforeInsertOf,
  djangoDepartment,
  djangoProfile,
  djangoStaff,
  djangoUser,
  importRows,
  storedUser
} from './dump.ts'

const DAY = 86_400_000
const countUsers = () => db.$count(users)

t.test('a citizen is imported with name, profile, state and times, without the password', async (t) => {
  const active = djangoUser({ phone_number: randomPhone(90).replace('+99890', '90 ') })
  const off = djangoUser({ is_active: false, full_name: ' Olim  Saidov ', password: '!unusable' })
  const rows = [active.row, off.row, djangoProfile(active.pk, { full_name: null }), djangoProfile(off.pk)]
  const { code, stderr, counts } = await importRows(t, rows)
  t.match({ code, stderr }, { code: 0, stderr: '' })
  t.match(counts, { user: '2 2 0 0 0', profile: '2 2 0 0 0' })
  t.match(await storedUser(active.phone.replace('90 ', '+99890')), {
    fullName: 'Gulnora Karimova',
    neighborhood: 'Yunusobod',
    location: '41.3,69.2',
    passwordHash: null,
    isActive: true,
    createdAt: new Date('2024-03-01T08:15:30.123Z'),
    lastSignInAt: new Date('2025-10-01T07:00:00Z'),
    departmentId: null
  })
  t.match(await storedUser(off.phone), { fullName: 'Olim  Saidov', isActive: false, passwordHash: null })
})

t.test('staff sign in with their Django password and keep the id of their department', async (t) => {
  const department = djangoDepartment()
  const user = djangoUser({ is_superuser: true, is_staff: true })
  const { code } = await importRows(t, [department.row, user.row, djangoStaff(user.pk, department.pk)])
  t.equal(code, 0)
  const { staffLogin } = await build(t)
  t.match((await staffLogin(user.phone, 'lètmein')).json(), { role: 'staff', department_id: department.pk })
  t.match((await storedUser(user.phone))?.passwordHash, /^\$argon2id\$/)
})

t.test("Django's admin flags make nobody staff", async (t) => {
  const user = djangoUser({ is_superuser: true, is_staff: true })
  await importRows(t, [user.row])
  t.equal((await storedUser(user.phone))?.departmentId, null)
})

t.test('rows may come in any order', async (t) => {
  const department = djangoDepartment(undefined, 7)
  const [staff, citizen] = [djangoUser(), djangoUser()]
  const rows = [djangoStaff(staff.pk, 7), djangoProfile(citizen.pk), citizen.row, staff.row, department.row]
  t.equal((await importRows(t, rows, '--batch-size', '2')).code, 0)
  t.match((await storedUser(staff.phone))?.departmentId, /^[0-9a-f-]{36}$/)
  t.equal((await storedUser(citizen.phone))?.neighborhood, 'Yunusobod')
})

t.test('a dry run writes nothing and reports the same as the real run', async (t) => {
  const [one, other] = [djangoUser({ password: 'md5$a$b' }), djangoUser()]
  const twin = djangoUser({ phone_number: other.phone.slice(4) })
  const department = djangoDepartment()
  const [existing] = [await createStaff()]
  const here = djangoUser({ phone_number: existing.phone, is_active: false })
  const rows = [
    ...[one.row, other.row, twin.row, department.row, here.row],
    ...[djangoStaff(one.pk, department.pk), djangoProfile(other.pk), djangoProfile(one.pk)],
    ...[djangoStaff(here.pk, department.pk), djangoUser({ phone_number: '+998712345678' }).row]
  ]
  const before = await countUsers()
  const dry = await importRows(t, rows, '--dry-run')
  t.equal(await countUsers(), before)
  t.notOk((await listDepartments(db)).find(({ name }) => name === department.name))
  t.equal((await storedUser(existing.phone))?.neighborhood, null)

  const real = await importRows(t, rows)
  t.equal(dry.stdout, real.stdout)
  t.strictSame(
    dry.lines.filter((line) => line !== 'Dry run: nothing was written.'),
    real.lines
  )
  t.equal(real.lines.length, dry.lines.length - 1)
  t.equal(real.code, 1)
  t.equal(await countUsers(), before + 1)
})

t.test('a second run duplicates nothing and reports every row as present', async (t) => {
  const department = djangoDepartment()
  const [staff, citizen] = [djangoUser({}, randomUUID()), djangoUser()]
  const rows = [
    ...[department.row, staff.row, citizen.row],
    ...[djangoStaff(staff.pk, department.pk), djangoProfile(citizen.pk)]
  ]
  await importRows(t, rows)
  const [count, before] = [await countUsers(), await storedUser(citizen.phone)]
  const again = await importRows(t, rows)
  t.match(again, { code: 0, stderr: '' })
  t.match(again.counts, {
    department: '1 0 0 1 0',
    user: '2 0 0 2 0',
    profile: '1 0 0 1 0',
    staff: '1 0 0 1 0'
  })
  t.equal(await countUsers(), count)
  t.strictSame(await storedUser(citizen.phone), before)
})

t.test('changes made here since the first run are kept', async (t) => {
  const department = djangoDepartment()
  const { row, pk, phone } = djangoUser()
  const rows = [department.row, row, djangoStaff(pk, department.pk), djangoProfile(pk)]
  await importRows(t, rows)
  const { id = '' } = (await storedUser(phone)) ?? {}
  const passwordHash = await hashPassword('another password 1903')
  await updateProfile(
    db,
    id,
    { fullName: 'Changed Here', neighborhood: 'Chilonzor', location: 'Toshkent' },
    noDeadline
  )
  await db.update(users).set({ passwordHash, isActive: false }).where(eq(users.id, id))
  const changed = await storedUser(phone)
  t.match(await importRows(t, rows), { code: 0, stderr: '' })
  t.strictSame(await storedUser(phone), changed)
})

t.test('a profile whose number may have a new owner waits for its name', async (t) => {
  const { row, pk, phone } = djangoUser()
  await insertUser(phone)
  const rows = [row, djangoProfile(pk)]
  for (const counts of ['1 0 1 0 0', '1 0 0 1 0']) {
    t.match((await importRows(t, rows)).counts, { user: counts, profile: counts })
    t.match(await storedUser(phone), { fullName: null, neighborhood: null })
  }
  const { verifyOtp, patchProfile } = await build(t, { DEBUG: 'true' })
  const { access } = (await verifyOtp(phone, '1111')).json()
  const [stranger, owner] = ['Somebody Else', 'gulnora  KARIMOVA']
  t.match((await patchProfile(access, { full_name: owner })).json(), { neighborhood: 'Yunusobod' })

  const other = djangoUser()
  await insertUser(other.phone)
  await importRows(t, [other.row, djangoProfile(other.pk)])
  const token = (await verifyOtp(other.phone, '1111')).json().access
  t.match((await patchProfile(token, { full_name: stranger })).json(), { neighborhood: null })
})

t.test('an account older than the import is kept, and completed only by --take-over', async (t) => {
  const { row, pk, phone } = djangoUser()
  const user = await insertUser(phone)
  await updateProfile(db, user.id, { fullName: 'Typed Here' }, noDeadline)
  await importRows(t, [row, djangoProfile(pk)])
  t.match(await storedUser(phone), { fullName: 'Typed Here', neighborhood: null })
  const { counts } = await importRows(t, [row, djangoProfile(pk)], '--take-over')
  t.match(counts, { user: '1 0 1 0 0', profile: '1 0 1 0 0' })
  t.match(await storedUser(phone), {
    id: user.id,
    fullName: 'Typed Here',
    neighborhood: 'Yunusobod',
    passwordHash: null,
    createdAt: user.createdAt
  })
})

t.test('a user disabled in Django but not here is reported and left active', async (t) => {
  const { row, pk, phone } = djangoUser({ is_active: false })
  await insertUser(phone)
  const { code, lines } = await importRows(t, [row])
  t.equal(code, 0)
  t.strictSame(lines, [
    `row 1, user ${pk}: note: switched off in Django but not here; stays active, and is not made staff`
  ])
  t.equal((await storedUser(phone))?.isActive, true)
})

t.test('a UUID stays the id of a user, who is recognized after a change of number', async (t) => {
  const pk = randomUUID()
  const { row, phone } = djangoUser({}, pk)
  await importRows(t, [row])
  t.equal((await storedUser(phone))?.id, pk)

  const moved = randomPhone()
  await db.update(users).set({ phoneNumber: moved }).where(eq(users.id, pk))
  t.match((await importRows(t, [row])).counts, { user: '1 0 0 1 0' })
  t.equal(await storedUser(phone), undefined, 'the old number gets no second account')
  await insertUser(phone)
  t.match((await importRows(t, [row])).counts, { user: '1 0 0 1 0' })
  t.equal((await storedUser(phone))?.fullName, null, 'nor does the new owner of the old number get the name')

  const stranger = djangoUser({ phone_number: moved, location: 'Elsewhere' })
  const { lines } = await importRows(t, [row, stranger.row])
  t.equal(lines[0], `row 2, user ${stranger.pk}: refused: its number belongs here to the user of row 1`)
  t.equal((await storedUser(moved))?.location, null)
})

t.test('two users with one number are both refused, each naming the row of the other', async (t) => {
  const one = djangoUser()
  const other = djangoUser({ phone_number: `8 ${one.phone.slice(4)}` })
  const bystander = djangoUser()
  const profile = djangoProfile(other.pk)
  const { code, lines, counts } = await importRows(t, [one.row, bystander.row, other.row, profile])
  t.equal(code, 1)
  const twin = (row: number) => `it has the same number, name or pk as row ${row}: none of them is imported`
  t.strictSame(lines, [
    `row 1, user ${one.pk}: refused: ${twin(3)}`,
    `row 3, user ${other.pk}: refused: ${twin(1)}`,
    `row 4, profile ${profile.pk}: refused: its user is not in the file, was refused, or is gone here`,
    'manage: 3 rows and 0 passwords were refused; each is named above.'
  ])
  t.match(counts, { user: '3 1 0 0 2', profile: '1 0 0 0 1' })
  t.equal(await storedUser(one.phone), undefined)
  t.ok(await storedUser(bystander.phone))
})

t.test('collisions are found across batches', async (t) => {
  const one = djangoUser()
  const rows = [one.row, ...Array.from({ length: 5 }, () => djangoUser().row), djangoUser({}, one.pk).row]
  t.match((await importRows(t, rows, '--batch-size', '1')).counts, { user: '7 5 0 0 2' })
})

t.test('two departments with one name are both refused, and so are their staff', async (t) => {
  const one = djangoDepartment()
  const other = djangoDepartment(` ${one.name} `)
  const { row, pk, phone } = djangoUser()
  const { counts, stderr } = await importRows(t, [one.row, other.row, row, djangoStaff(pk, other.pk)])
  t.match(counts, { department: '2 0 0 0 2', user: '1 1 0 0 0', staff: '1 0 0 0 1' })
  t.match(stderr, 'its department is not in the file, was refused, or is gone here')
  t.equal((await storedUser(phone))?.departmentId, null)
})

t.test('an existing department keeps its id and gets the staff', async (t) => {
  const here = await insertDepartment(db, `Department ${randomUUID()}`)
  const department = djangoDepartment(here?.name)
  const { row, pk, phone } = djangoUser()
  const { code, lines } = await importRows(t, [department.row, row, djangoStaff(pk, department.pk)])
  t.equal(code, 0)
  t.strictSame(lines, [`row 1, department ${department.pk}: note: it has another id here; left as it is`])
  t.equal((await storedUser(phone))?.departmentId, here?.id)
})

t.test('a department is recognized however its name is typed, also in a natural key', async (t) => {
  const tail = randomUUID()
  const here = await insertDepartment(db, `Yoʻl xoʻjaligi ${tail}`)
  const department = djangoDepartment(`YO'L  xo’jaligi ${tail}`)
  const added = djangoDepartment(`Suv ta‘minoti ${tail}`)
  const [one, two] = [djangoUser(), djangoUser()]
  const { code, counts } = await importRows(t, [
    ...[department.row, added.row, one.row, two.row],
    ...[djangoStaff(one.pk, [`Yo\`l Xo´jaligi ${tail}`]), djangoStaff(two.pk, [`suv TAʼMINOTI ${tail}`])]
  ])
  t.match({ code, counts }, { code: 0, counts: { department: '2 1 0 1 0', staff: '2 2 0 0 0' } })
  t.equal((await storedUser(one.phone))?.departmentId, here?.id)
  t.equal((await storedUser(two.phone))?.departmentId, added.pk)
  const listed = (await listDepartments(db)).filter(({ name }) => name.endsWith(tail))
  t.strictSame(
    listed.map(({ name }) => name),
    [`Suv ta‘minoti ${tail}`, `Yoʻl xoʻjaligi ${tail}`]
  )
  t.equal(await insertDepartment(db, `SUV TA'MINOTI ${tail}`), undefined)
})

t.test('two departments whose names look alike are both refused', async (t) => {
  const tail = randomUUID()
  const { lines, counts } = await importRows(t, [
    djangoDepartment(`Yoʻl ${tail}`, 1).row,
    djangoDepartment(`Yo'l ${tail}`, 2).row
  ])
  t.match(counts, { department: '2 0 0 0 2' })
  t.match(lines[0], /^row 1, department 1: refused: it has the same number, name or pk as row 2/)
})

t.test('existing staff stay in their department', async (t) => {
  const here = await createStaff()
  const department = djangoDepartment()
  const { row, pk } = djangoUser({ phone_number: here.phone })
  const { code, lines, counts } = await importRows(t, [
    department.row,
    row,
    djangoStaff(pk, department.pk, 5)
  ])
  t.equal(code, 0)
  t.strictSame(lines, ['row 3, staff 5: note: staff of another department here; left as it is'])
  t.match(counts, { staff: '1 0 0 1 0' })
  t.equal((await storedUser(here.phone))?.departmentId, here.department.id)
})

t.test('a second profile of a user is refused, the first is imported', async (t) => {
  const [one, other] = [djangoDepartment(), djangoDepartment()]
  const { row, pk, phone } = djangoUser()
  const staff = [djangoStaff(pk, one.pk, 1), djangoStaff(pk, other.pk, 2)]
  const profiles = [djangoProfile(pk, { location: null }, 1), djangoProfile(pk, { location: 'second' }, 2)]
  const { lines } = await importRows(t, [one.row, other.row, row, ...staff, ...profiles], '--batch-size', '1')
  t.strictSame(lines.slice(0, 2), [
    'row 7, profile 2: refused: row 6 is for the same user already',
    'row 5, staff 2: refused: row 4 is for the same user already'
  ])
  t.match(await storedUser(phone), { departmentId: one.pk, neighborhood: 'Yunusobod', location: null })
})

t.test('natural keys are understood', async (t) => {
  const department = djangoDepartment()
  const { row, phone } = djangoUser()
  const rows = [
    { ...djangoStaff([phone.slice(1)], [department.name]), pk: undefined },
    { ...djangoProfile([phone]), pk: undefined },
    { ...department.row, pk: undefined },
    { ...row, pk: undefined }
  ]
  t.match(await importRows(t, rows), { code: 0, stderr: '' })
  const stored = await storedUser(phone)
  t.match(stored, { location: '41.3,69.2', departmentId: /^[0-9a-f-]{36}$/ })
})

t.test('a profile whose primary key is its user needs no field for it', async (t) => {
  const department = djangoDepartment()
  const { row, pk, phone } = djangoUser()
  const staff = { model: 'staff.staffprofile', pk, fields: { department: department.pk } }
  t.equal((await importRows(t, [department.row, row, staff])).code, 0)
  t.equal((await storedUser(phone))?.departmentId, department.pk)
})

t.test('a password in an unsupported format is refused, its owner is not', async (t) => {
  const department = djangoDepartment()
  const { row, pk, phone } = djangoUser({ password: 'md5$seasalt$3f86d0d3d465b7b458c231bf3555c0e3' })
  const rows = [department.row, row, djangoStaff(pk, department.pk, 1)]
  for (const tally of ['1 1 0 0 0', '1 0 0 1 0']) {
    const { code, stderr, counts } = await importRows(t, rows)
    t.equal(code, 1)
    t.match(stderr, 'row 3, staff 1: password refused: md5 is not among pbkdf2_sha256, ')
    t.match(stderr, 'manage: 0 rows and 1 passwords were refused; each is named above.')
    t.match(counts, { staff: tally, 'passwords refused': '1' })
  }
  t.match(await storedUser(phone), { passwordHash: null, departmentId: department.pk })
  await db.update(users).set({ passwordHash: 'set since' }).where(eq(users.phoneNumber, phone))
  t.match(await importRows(t, rows), { code: 0, stderr: '' })
})

t.test('refused rows are reported without number, name or hash', async (t) => {
  const reasons: [Record<string, unknown>, RegExp][] = [
    [{ phone_number: '+998712345678' }, /its number is not a mobile number of UZ/],
    [{ phone_number: null }, /its number is not/],
    [{ full_name: 'x'.repeat(151) }, /full_name must have at most 150 characters/],
    [{ first_name: 'Karim'.repeat(20), last_name: 'Karim'.repeat(20) }, /the name must have at most 150/],
    [{ neighborhood: 'a\u0000b' }, /neighborhood must not have characters .*\(U\+0000\)/],
    [{ location: '\ud800' }, /location must not have characters .*\(U\+D800\)/],
    [{ location: 7 }, /location is not text/],
    [{ is_active: 'yes' }, /is_active is neither true nor false/],
    [{ date_joined: 'yesterday' }, /date_joined is not a time/],
    [{ last_login: 'yesterday' }, /last_login is not a time/],
    [{ date_joined: '2024-13-01T00:00:00Z' }, /date_joined is not a time/]
  ]
  const made = reasons.map(([fields]) => djangoUser(fields))
  const { code, lines, stderr, counts } = await importRows(
    t,
    made.map(({ row }) => row)
  )
  t.equal(code, 1)
  for (const [index, [, reason]] of reasons.entries()) {
    t.match(lines[index], new RegExp(`^row ${index + 1}, user ${made[index]?.pk}: refused: ${reason.source}`))
  }
  t.match(counts, { user: '11 0 0 0 11' })
  t.notMatch(stderr, /\+998|Gulnora|Karim|seasalt/)
})

t.test('names and places must follow the rules of the API, and blank ones are dropped', async (t) => {
  const made = ['\u202e', 'Ali\u202e', 'A\u2028li', 'A\ue000'].map((full_name) => djangoUser({ full_name }))
  const silent = ['\u200b', '\u0301', '-', '.', '\u3164', ' \u2060 '].map((text) =>
    djangoUser({ full_name: text, neighborhood: text, location: text, first_name: text, last_name: text })
  )
  const tidy = djangoUser({ full_name: '\u00a0Ali\u200b ', first_name: '', last_name: '' })
  const half = djangoUser({ first_name: 'Ali', last_name: '-' })
  const rows = [...made, ...silent, tidy, half].map(({ row }) => row)
  const { counts, lines } = await importRows(t, [...rows, djangoDepartment('\u0301', 1).row])
  t.match(counts, { user: '12 8 0 0 4', department: '1 0 0 0 1' })
  for (const line of lines.slice(0, 4))
    t.match(line, /full_name must not have characters that cannot be seen/)
  t.equal(lines[4], 'row 13, department 1: refused: it has no name')
  for (const { phone } of silent)
    t.match(await storedUser(phone), { fullName: null, neighborhood: null, location: null })
  t.match(await storedUser(tidy.phone), { fullName: 'Ali' })
  t.match(await storedUser(half.phone), { fullName: 'Ali' })
})

t.test('numbers are read as phonenumber_field writes them', async (t) => {
  const digits = randomPhone().slice(4)
  const uri = `tel:+998-${digits.slice(0, 2)}-${digits.slice(2, 5)}-${digits.slice(5, 7)}-${digits.slice(7)}`
  const { row, pk } = djangoUser({ phone_number: uri })
  const department = djangoDepartment()
  const rows = [department.row, row, djangoStaff([uri], department.pk), djangoProfile([uri])]
  t.match(await importRows(t, rows), { code: 0, counts: { user: '1 1 0 0 0', staff: '1 1 0 0 0' } })
  t.match(await storedUser(`+998${digits}`), { neighborhood: 'Yunusobod' })
  t.type(pk, 'number')
})

t.test('refused profiles and departments are reported too', async (t) => {
  const rows = [
    djangoDepartment('  ', 1).row,
    djangoStaff(null, 1, 2),
    djangoStaff(['a', 'b'], 1, 3),
    djangoProfile(987, {}, 4),
    djangoProfile(true, {}, 5),
    djangoStaff(['12345'], 1, 6)
  ]
  t.strictSame((await importRows(t, rows)).lines, [
    'row 1, department 1: refused: it has no name',
    'row 2, staff 2: refused: it has no user',
    'row 3, staff 3: refused: the natural key in user has not one part but 2',
    'row 5, profile 5: refused: the pk is neither text nor number',
    'row 6, staff 6: refused: its number is not a mobile number of UZ',
    'row 4, profile 4: refused: its user is not in the file, was refused, or is gone here',
    'manage: 6 rows and 0 passwords were refused; each is named above.'
  ])
})

t.test('a primary key that is a phone number is masked', async (t) => {
  const phone = randomPhone()
  const [, code = '', number = ''] = /^\+998(\d\d)(\d+)$/.exec(phone) ?? []
  for (const pk of [
    phone,
    Number(phone),
    `${code}${number}`,
    `tel:+998-${code}-${number}`,
    `(${code}) ${number}`,
    `${code}·${number}`
  ]) {
    const { stderr } = await importRows(t, [djangoUser({ phone_number: phone, location: 7 }, pk).row])
    t.match(stderr, /^row 1, user \S*\*{5}\d\d: refused/)
    t.notMatch(stderr, number.slice(0, 4))
  }
})

t.test('models and fields can have other names', async (t) => {
  const phone = randomPhone()
  const rows = [
    { model: 'Accounts.Account', pk: 1, fields: { username: phone, password: '' } },
    { model: 'org.unit', pk: 2, fields: { title: `Unit ${randomUUID()}`, uid: randomUUID() } },
    { model: 'org.worker', pk: 3, fields: { account: 1, unit: 2 } },
    { model: 'users.user', pk: 9, fields: {} }
  ]
  const options = [
    ...['--model', 'user=accounts.account', '--field', 'user.phone=username'],
    ...['--model', 'department=org.unit', '--field', 'department.name=title', '--field', 'department.id=uid'],
    ...['--model', 'staff=org.worker', '--field', 'staff.user=account', '--field', 'staff.department=unit']
  ]
  const { code, counts } = await importRows(t, rows, ...options)
  t.equal(code, 0)
  t.equal(counts['rows of other models'], '1')
  t.equal((await storedUser(phone))?.departmentId, rows[1]?.fields.uid)
})

t.test('a model can have several labels, each given by its own option', async (t) => {
  const made = [djangoUser(), djangoUser(), djangoUser()]
  const labels = ['old.account', 'new.account', 'users.user']
  const rows = made.map(({ row }, index) => ({ ...row, model: labels[index] }))
  const options = ['--model', 'user=old.account', '--model', 'user=new.account']
  const { code, counts } = await importRows(t, rows, ...options)
  t.equal(code, 0)
  t.match(counts, { user: '2 2 0 0 0', 'rows of other models': '1' })
})

t.test('an invalid option is a wrong call', async (t) => {
  const calls = [
    {
      options: ['--model', 'citizen=a.b'],
      says: /^error: "citizen" is none of department, user, profile, staff\./
    },
    { options: ['--model', 'user'], says: /^error: "user" must be of the form name=value\./ },
    { options: ['--field', 'user.email=mail'], says: /^error: "user\.email" is none of department\.id, / },
    { options: ['--field', 'toString.a=mail'], says: /^error: "toString\.a" is none of/ },
    { options: ['--model', 'user=a=b'], says: /^error: "user=a=b" must be of the form name=value\./ },
    {
      options: ['--model', 'user=a.b', '--model', 'staff=A.B'],
      says: /^error: "a\.b" cannot stand for both user and staff\./
    },
    {
      options: ['--model', 'profile=users.user'],
      says: /^error: "users\.user" cannot stand for both user and profile\./
    },
    { options: ['--batch-size', '0'], says: /A batch has 1 to 10000 rows\./ }
  ]
  for (const { options, says } of calls) {
    const { code, stderr } = await importRows(t, [], ...options)
    t.equal(code, 2, options.join(' '))
    t.match(stderr, says)
  }
})

t.test('a gzip file and standard input are read as well', async (t) => {
  const [packed, piped] = [djangoUser(), djangoUser()]
  const folder = t.testdir({ 'dump.json.gz': gzipSync(JSON.stringify([packed.row])) })
  await succeed(['import', 'django', `${folder}/dump.json.gz`])
  t.ok(await storedUser(packed.phone))
  await succeed(['import', 'django', '-'], JSON.stringify([piped.row]))
  t.ok(await storedUser(piped.phone))
})

const latin1 = (text: string) => Buffer.from(text, 'latin1')

t.test('a letter split across two chunks is kept, and a byte order mark ignored', async (t) => {
  const made = Array.from({ length: 400 }, () => djangoUser({ full_name: 'Ўктам Ғафуров'.repeat(10) }))
  const whole = Buffer.from(`\ufeff ${JSON.stringify(made.map(({ row }) => row))}`)
  const folder = t.testdir({ 'dump.json': whole })
  t.ok(whole.length > 65_536, 'more than one chunk of a file')
  await succeed(['import', 'django', `${folder}/dump.json`])
  for (const { phone } of made.slice(0, 200))
    t.match(await storedUser(phone), { fullName: 'Ўктам Ғафуров'.repeat(10) })
})

t.test('a broken file is reported in one sentence, and nothing of it is imported', async (t) => {
  const { row, phone } = djangoUser({ full_name: 'Ali \xd0x' })
  const whole = JSON.stringify([row, row])
  const files = {
    'truncated.json': { text: whole.slice(0, -9), says: 'The file ends in the middle, after row 1.' },
    'open.json': { text: whole.slice(0, -1), says: 'The file ends in the middle, after row 2.' },
    'broken.json': { text: `[${JSON.stringify(row)}, +998]`, says: 'The JSON is broken after row 1.' },
    'log.json': { text: `Loading\n${whole}`, says: 'This is not JSON.' },
    'object.json': { text: JSON.stringify({ row }), says: 'This is not a JSON array with rows' },
    'empty.json': { text: '', says: 'This is not a JSON array with rows' },
    'none.json': { text: '[]', says: 'This is not a JSON array with rows' },
    'number.json': { text: '[1]', says: 'Row 1 is not an object with "model" and "fields"' },
    'other.json': { text: JSON.stringify([row, { pk: 1 }]), says: 'Row 2 is not an object' },
    'windows-1251.json': { text: latin1(JSON.stringify([row])), says: 'The file is not in UTF-8' },
    'windows-1251.json.gz': { text: gzipSync(latin1(`["\xc0\xeb\xe8"]`)), says: 'The file is not in UTF-8' },
    'utf-16.json': { text: Buffer.from(`\ufeff${whole}`, 'utf16le'), says: 'The file is not in UTF-8' },
    'half.json': { text: latin1(`${whole}\xd0`), says: 'The file is not in UTF-8' },
    'plain.json.gz': { text: whole, says: 'The file is not gzip, or ends in the middle.' },
    'cut.json.gz': { text: gzipSync(whole).subarray(0, -12), says: 'The file is not gzip' }
  }
  const folder = t.testdir(Object.fromEntries(Object.entries(files).map(([name, { text }]) => [name, text])))
  for (const [name, { says }] of Object.entries(files)) {
    const { code, stdout, stderr } = await run(['import', 'django', `${folder}/${name}`])
    t.match({ code, stdout }, { code: 1, stdout: '' }, name)
    t.ok(stderr.startsWith(`manage: ${says}`), stderr)
    t.ok(stderr.endsWith(' Nothing was imported.\n'))
    t.notMatch(stderr, phone)
  }
  t.equal(await storedUser(phone), undefined)
})

t.test('a run that dies midway leaves whole batches, and the next one imports the rest', async (t) => {
  const made = Array.from({ length: 5 }, () => djangoUser())
  const rows = made.map(({ row }) => row)
  const mend = await beforeInsertOf(t, made[3]?.phone ?? '', `raise exception 'the disk is full';`)
  const died = await importRows(t, rows, '--batch-size', '2')
  t.match(died, {
    code: 1,
    stdout: '',
    stderr: /^Stopped after 2 rows; run it again to import the rest\.\nmanage: /
  })
  const there = await Promise.all(made.map(async ({ phone }) => (await storedUser(phone)) !== undefined))
  t.strictSame(there, [true, true, false, false, false])
  await mend()
  t.match((await importRows(t, rows)).counts, { user: '5 3 0 2 0' })
})

t.test(
  'a user who first signs in during the import has one account, and becomes staff by --take-over',
  async (t) => {
    const department = djangoDepartment()
    const { row, pk, phone } = djangoUser()
    await beforeInsertOf(t, phone, 'insert into users (phone_number) values (new.phone_number);')
    const rows = [department.row, row, djangoStaff(pk, department.pk)]
    const { stderr: refused } = await importRows(t, rows)
    t.match(refused, 'refused: an account with its number was here before')
    const { code, stderr } = await importRows(t, rows, '--take-over')
    t.equal(code, 0)
    t.match(stderr, 'note: this account was here before and now becomes staff')
    t.match(await storedUser(phone), { fullName: 'Gulnora Karimova', departmentId: department.pk })
  }
)

t.test('a citizen was last seen at the last login in Django, or at the import', async (t) => {
  const start = new Date()
  const seen = djangoUser({ last_login: new Date(Date.now() - 89 * DAY) })
  const never = djangoUser({ last_login: null })
  const ahead = djangoUser({ last_login: '2999-01-01T00:00:00Z' })
  await importRows(t, [seen.row, never.row, ahead.row])
  for (const { phone } of [never, ahead]) {
    const lastSignInAt = (await storedUser(phone))?.lastSignInAt ?? new Date(0)
    t.ok(lastSignInAt >= start && lastSignInAt <= new Date())
  }
  const { verifyOtp } = await build(t, { DEBUG: 'true' })
  const firstSignIn = async (phone: string) => (await verifyOtp(phone, '1111')).json().profile_complete
  for (const { phone } of [seen, never, ahead]) t.equal(await firstSignIn(phone), true)
  const resold = djangoUser({ last_login: new Date(Date.now() - 91 * DAY) })
  await importRows(t, [resold.row])
  t.equal(await firstSignIn(resold.phone), false)
})

t.test('a user imported by an older version gets the last login at the next import', async (t) => {
  const { row, phone } = djangoUser()
  await importRows(t, [row])
  await db.update(users).set({ lastSignInAt: null }).where(eq(users.phoneNumber, phone))
  t.match((await importRows(t, [row])).counts, { user: '1 0 1 0 0' })
  t.match(await storedUser(phone), { lastSignInAt: new Date('2025-10-01T07:00:00Z') })
})

t.test('a join date without a zone is UTC', async (t) => {
  const { row, phone } = djangoUser({ date_joined: '2024-03-01T08:15:30' })
  await importRows(t, [row])
  t.strictSame((await storedUser(phone))?.createdAt, new Date('2024-03-01T08:15:30Z'))
})

t.test('a file that cannot be opened or read is reported in one line', async (t) => {
  const folder = t.testdir({})
  t.match(await run(['import', 'django', `${folder}/none.json`]), {
    code: 1,
    stderr: `manage: ${folder}/none.json cannot be opened (ENOENT).\n`
  })
  t.match(await run(['import', 'django', folder]), { code: 1, stderr: /EISDIR/ })
})

t.test('a database without tables is reported before the file is read', async (t) => {
  const env = { DATABASE_URL: await emptyDatabase(t) }
  const folder = t.testdir({ 'dump.json': 'no JSON' })
  const { code, stderr } = await run(['import', 'django', `${folder}/dump.json`], '', env)
  t.equal(code, 1)
  t.match(stderr, /manage: The database lacks migrations; run "migrate" first\.\n$/)
})

t.test('an unreachable database is reported, with how much was imported', async (t) => {
  const { hostname, port } = new URL(databaseUrl)
  const proxy = await createProxy(t, hostname, Number(port))
  await proxy.refuse()
  const folder = t.testdir({ 'dump.json': JSON.stringify([djangoUser().row]) })
  const env = { DATABASE_URL: proxy.url(databaseUrl) }
  t.match(await run(['import', 'django', `${folder}/dump.json`], '', env), {
    code: 1,
    stderr:
      'Stopped after 0 rows; run it again to import the rest.\nmanage: PostgreSQL does not answer at DATABASE_URL.\n'
  })
  t.match(await run(['import', 'django', `${folder}/dump.json`, '--dry-run'], '', env), {
    code: 1,
    stderr:
      'Stopped; this was a dry run: nothing was written.\nmanage: PostgreSQL does not answer at DATABASE_URL.\n'
  })
})

t.test('--help names models and fields with their defaults', async (t) => {
  const { code, stdout } = await run(['import', 'django', '--help'])
  t.equal(code, 0)
  t.match(stdout, /user +users\.user\n/)
  t.match(stdout, /staff\.department/)
})
