import { randomUUID } from 'node:crypto'
import { and, eq, isNotNull } from 'drizzle-orm'
import t from 'tap'
import { auditEvents, departments, users } from '../../../src/db/schema.ts'
import { db } from '../../database.ts'
import { build, randomPhone } from '../../helper.ts'
import { insertUser } from '../../rows.ts'
import { run } from '../run.ts'
import {
  beforeInsertOf,
  DJANGO_HASH,
  djangoDepartment,
  djangoProfile,
  djangoStaff,
  djangoUser,
  importRows,
  storedUser
} from './dump.ts'

const twin = (row: number) =>
  `refused: it has the same number, name or pk as row ${row}: none of them is imported`
const SAME_PERSON = 'make sure that it is the same person'

t.test('a user disabled in Django does not become staff by an account opened here since', async (t) => {
  const department = djangoDepartment()
  const { row, pk, phone } = djangoUser({ is_active: false })
  await insertUser(phone)
  const rows = [
    department.row,
    row,
    djangoStaff(pk, department.pk, 1),
    djangoProfile(pk, { full_name: null }, 2)
  ]
  const dry = await importRows(t, rows, '--dry-run')
  const { code, lines, counts } = await importRows(t, rows)
  t.equal(code, 1)
  t.strictSame(lines, [
    `row 2, user ${pk}: note: switched off in Django but not here; stays active, and is not made staff`,
    'row 3, staff 1: refused: its user is switched off in Django but not here, and is not made staff',
    'manage: 1 rows and 0 passwords were refused; each is named above.'
  ])
  t.strictSame(dry.counts, counts)
  t.match(counts, { user: '1 0 1 0 0', profile: '1 0 1 0 0', staff: '1 0 0 0 1' })
  t.match(await storedUser(phone), {
    isActive: true,
    passwordHash: null,
    departmentId: null,
    neighborhood: null
  })
  const { staffLogin } = await build(t)
  t.equal((await staffLogin(phone, 'lètmein')).statusCode, 401)
})

t.test(
  'a user disabled in Django does not become staff by an account opened during the import',
  async (t) => {
    const department = djangoDepartment()
    const { row, pk, phone } = djangoUser({ is_active: false })
    await beforeInsertOf(t, phone, 'insert into users (phone_number) values (new.phone_number);')
    const rows = [department.row, row, djangoStaff(pk, department.pk)]
    const { counts } = await importRows(t, rows, '--take-over')
    t.match(counts, { staff: '1 0 0 0 1' })
    t.match(await storedUser(phone), { isActive: true, passwordHash: null, departmentId: null })
  }
)

t.test('an existing account gets the password and role of a clerk only by --take-over', async (t) => {
  const department = djangoDepartment()
  const { row, pk, phone } = djangoUser()
  await insertUser(phone)
  const rows = [department.row, row, djangoStaff(pk, department.pk, 1)]
  for (const options of [['--dry-run'], []]) {
    const { code, lines, counts } = await importRows(t, rows, ...options)
    t.equal(code, 1)
    t.equal(
      lines[0],
      `row 3, staff 1: refused: an account with its number was here before and would become staff; ${SAME_PERSON}, then use --take-over`
    )
    t.match(counts, { staff: '1 0 0 0 1' })
    t.match(await storedUser(phone), { passwordHash: null, departmentId: null })
  }
  const { code, lines } = await importRows(t, rows, '--take-over')
  t.equal(code, 0)
  t.strictSame(lines, [
    `row 3, staff 1: note: this account was here before and now becomes staff with the password; ${SAME_PERSON}`
  ])
  t.match(await storedUser(phone), { passwordHash: DJANGO_HASH, departmentId: department.pk })
})

t.test('the audit log records once each account that an import made staff, new or existing', async (t) => {
  const department = djangoDepartment()
  const [fresh, here, citizen] = [djangoUser(), djangoUser(), djangoUser()]
  await insertUser(here.phone)
  const staff = [fresh, here].map(({ pk }) => djangoStaff(pk, department.pk))
  const rows = [department.row, fresh.row, here.row, citizen.row, ...staff]
  for (const options of [['--dry-run'], [], []]) await importRows(t, rows, '--take-over', ...options)
  const isTold = and(eq(auditEvents.event, 'staff_imported'), isNotNull(auditEvents.pseudonym))
  for (const [{ phone }, times] of [
    [fresh, 1],
    [here, 1],
    [citizen, 0]
  ] as const) {
    const { id = '' } = (await storedUser(phone)) ?? {}
    t.equal(await db.$count(auditEvents, and(isTold, eq(auditEvents.userId, id))), times)
  }
})

t.test('accounts from an earlier run or with the same id become staff without --take-over', async (t) => {
  const department = djangoDepartment()
  const [number, uuid] = [djangoUser(), djangoUser({}, randomUUID())]
  await importRows(t, [number.row, uuid.row])
  await db.update(users).set({ createdAt: new Date() }).where(eq(users.phoneNumber, uuid.phone))
  const staff = [number, uuid].map(({ pk }) => djangoStaff(pk, department.pk))
  t.match(await importRows(t, [department.row, number.row, uuid.row, ...staff]), { code: 0, stderr: '' })
  for (const { phone } of [number, uuid])
    t.match(await storedUser(phone), { passwordHash: DJANGO_HASH, departmentId: department.pk })
})

t.test('another import does not give a new owner of a number the old profile', async (t) => {
  const department = djangoDepartment()
  const { row, pk, phone } = djangoUser()
  const rows = [department.row, row, djangoProfile(pk)]
  await importRows(t, rows)
  const { verifyOtp, me } = await build(t, { DEBUG: 'true' })
  const { access, ...reply } = (await verifyOtp(phone, '1111')).json()
  t.match(reply, { is_new_user: false, profile_complete: false }, 'last seen in 2025')
  const { lines, counts } = await importRows(t, [...rows, djangoStaff(pk, department.pk, 1)])
  t.match(counts, { user: '1 0 0 1 0', profile: '1 0 0 1 0', staff: '1 0 0 0 1' })
  t.match(lines[0], 'row 4, staff 1: refused: an account with its number was here before')
  t.match((await me(access)).json(), { role: 'citizen', full_name: null, neighborhood: null })
})

t.test('a UUID whose number has another id here is reported', async (t) => {
  const pk = randomUUID()
  const { row, phone } = djangoUser({ password: '!' }, pk)
  const { id } = await insertUser(phone)
  const { code, lines } = await importRows(t, [row])
  t.equal(code, 0)
  t.strictSame(lines, [`row 1, user ${pk}: note: it has another id here; left as it is`])
  t.match(await storedUser(phone), { id, fullName: null })
})

t.test('a row that shares its number with a refused one is refused too', async (t) => {
  const [fine, bystander] = [djangoUser(), djangoUser()]
  const refused = djangoUser({ phone_number: `8 ${fine.phone.slice(4)}`, first_name: 'x'.repeat(151) })
  const rows = [fine.row, refused.row, bystander.row, djangoProfile(fine.pk), djangoProfile(refused.pk)]
  for (const options of [[], ['--batch-size', '1']]) {
    const { lines, counts } = await importRows(t, rows, ...options)
    t.equal(lines[1], `row 1, user ${fine.pk}: ${twin(2)}`)
    t.match(counts, { user: /^3 . 0 . 2$/, profile: '2 0 0 0 2' })
    t.equal(await storedUser(fine.phone), undefined)
  }
})

t.test('a row that shares its pk with a refused one is refused too', async (t) => {
  const [one, other] = [djangoUser({ phone_number: '+998712345678' }), djangoDepartment('  ')]
  const [user, department] = [djangoUser({}, one.pk), djangoDepartment(undefined, other.pk)]
  const staff = djangoStaff(user.pk, department.pk, 1)
  const { lines, counts } = await importRows(t, [one.row, other.row, user.row, department.row, staff])
  t.match(counts, { department: '2 0 0 0 2', user: '2 0 0 0 2', staff: '1 0 0 0 1' })
  t.ok(lines.includes(`row 3, user ${user.pk}: ${twin(1)}`))
  t.ok(lines.includes(`row 4, department ${department.pk}: ${twin(2)}`))
})

t.test('an account deleted during the import loses only its staff profile', async (t) => {
  const department = djangoDepartment()
  const [gone, stays] = [djangoUser(), djangoUser()]
  await beforeInsertOf(t, stays.phone, `delete from users where phone_number = '${gone.phone}';`)
  const rows = [department.row, gone.row, stays.row]
  const staff = [djangoStaff(gone.pk, department.pk, 1), djangoStaff(stays.pk, department.pk, 2)]
  const { lines, counts } = await importRows(t, [...rows, ...staff], '--batch-size', '1')
  t.match(counts, { staff: '2 1 0 0 1' })
  t.equal(lines[0], 'row 4, staff 1: refused: its user is not in the file, was refused, or is gone here')
  t.equal((await storedUser(stays.phone))?.departmentId, department.pk)
  t.equal(await storedUser(gone.phone), undefined)
})

t.test('a department deleted during the import loses only its staff profiles', async (t) => {
  const [gone, stays] = [djangoDepartment(), djangoDepartment()]
  const [one, other] = [djangoUser(), djangoUser()]
  await beforeInsertOf(t, one.phone, `delete from departments where name = '${gone.name}';`)
  const rows = [gone.row, stays.row, one.row, other.row]
  const staff = [djangoStaff(one.pk, gone.pk, 1), djangoStaff(other.pk, stays.pk, 2)]
  const { lines, counts } = await importRows(t, [...rows, ...staff])
  t.match(counts, { staff: '2 1 0 0 1' })
  t.equal(
    lines[0],
    'row 5, staff 1: refused: its department is not in the file, was refused, or is gone here'
  )
  t.equal(await db.$count(departments, eq(departments.name, gone.name)), 0)
})

t.test('twenty thousand rows of one number and profiles of one user are settled in time', async (t) => {
  const [phone, owner] = [randomPhone(), djangoUser()]
  const same = Array.from({ length: 20_000 }, () => djangoUser({ phone_number: phone }, randomUUID()).row)
  const profiles = Array.from({ length: 20_000 }, (_, pk) => djangoProfile(owner.pk, {}, pk))
  const staff = profiles.map(({ pk }) => djangoStaff(owner.pk, randomUUID(), pk))
  const folder = t.testdir({ 'dump.json': JSON.stringify([...same, owner.row, ...profiles, ...staff]) })
  const { stdout } = await run(['import', 'django', `${folder}/dump.json`], '', {
    DATABASE_TIMEOUT_MS: '1500'
  })
  t.match(stdout, /^user\t20001\t1\t0\t0\t20000$/m)
  t.match(stdout, /^profile\t20000\t1\t0\t0\t19999$/m)
  t.match(stdout, /^staff\t20000\t0\t0\t0\t20000$/m)
})
