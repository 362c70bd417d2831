import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import t from 'tap'
import { insertDepartment } from '../../src/db/departments.ts'
import { auditEvents, users } from '../../src/db/schema.ts'
import { countLiveSessions } from '../../src/db/sessions.ts'
import { findLogin } from '../../src/db/staff.ts'
import { verifyPassword } from '../../src/passwords/hash.ts'
import { maskPhone } from '../../src/phone.ts'
import { db } from '../database.ts'
import { randomPhone } from '../helper.ts'
import { insertSession, insertUser } from '../rows.ts'
import { PASSWORD, run, succeed } from './run.ts'

async function newDepartment(): Promise<string> {
  const name = `Department ${randomUUID()}`
  await insertDepartment(db, name)
  return name
}

const add = (phone: string, department: string, name = 'Olim Saidov') => [
  ...['staff', 'add', phone],
  ...['--name', name, '--department', department]
]

async function userOf(phone: string) {
  const login = await findLogin(db, phone)
  if (!login?.user.passwordHash) throw new Error(`${phone} has no password`)
  return { ...login.user, passwordHash: login.user.passwordHash }
}

async function eventsOf(userId: string) {
  const events = await db.select().from(auditEvents).where(eq(auditEvents.userId, userId))
  return events.map(({ event }) => event).sort()
}

/** A staff member with a live session. */
async function hire() {
  const phone = randomPhone()
  const department = await newDepartment()
  await succeed(add(phone, department), PASSWORD)
  const { id: userId } = await userOf(phone)
  await insertSession(userId, { role: 'staff' })
  return { phone, department, userId, sessions: () => countLiveSessions(db, userId) }
}

t.test('new staff get the password from standard input', async (t) => {
  const phone = randomPhone()
  const department = await newDepartment()
  t.strictSame(await succeed(add(phone.slice(4), department), `${PASSWORD}\n`), [
    [phone, 'Olim Saidov', department]
  ])
  const { passwordHash, fullName } = await userOf(phone)
  t.equal(fullName, 'Olim Saidov')
  t.match(passwordHash, /^\$argon2id\$/)
  t.ok(await verifyPassword(passwordHash, PASSWORD), 'the line break is not part of the password')
})

t.test('a department is found however its name is typed, and names are tidied', async (t) => {
  const department = `Soliq qo‘mitasi ${randomUUID()}`
  await insertDepartment(db, department)
  const typed = `  SOLIQ\u00a0qo'mitasi${department.slice(15)} `
  const phone = randomPhone()
  t.strictSame(await succeed(add(`tel:${phone}`, typed, '\u00a0G\u02bbani\u200b '), PASSWORD), [
    [phone, 'Gʻani', department]
  ])
  const refused = await run(add(randomPhone(), typed, '\u202eilA'), PASSWORD)
  t.match(refused, { code: 1, stderr: /^manage: A name must not have characters that cannot be seen/ })
})

t.test('a citizen can become staff, but not twice', async (t) => {
  const phone = randomPhone()
  const user = await insertUser(phone)
  const department = await newDepartment()
  await succeed(add(phone, department), PASSWORD)
  t.equal((await userOf(phone)).id, user.id)

  const again = await run(add(phone, department, 'Somebody Else'), PASSWORD)
  t.match(again, { code: 1, stdout: '', stderr: `manage: ${phone} is staff already.\n` })
  t.equal((await userOf(phone)).fullName, 'Olim Saidov')
})

t.test('staff are not added to a department that does not exist', async (t) => {
  const phone = randomPhone()
  const { code, stderr } = await run(add(phone, 'No such place'), PASSWORD)
  t.equal(code, 1)
  t.equal(stderr, 'manage: There is no department named "No such place".\n')
  t.equal(await findLogin(db, phone), undefined)
})

t.test('a missing, short, common or personal password is refused and not repeated', async (t) => {
  const phone = randomPhone()
  const department = await newDepartment()
  for (const password of ['', 'short', 'password1234', `${phone}x`, department, 'Olim Saidov 1']) {
    const { code, stdout, stderr } = await run(add(phone, department), password)
    t.equal(code, 1, JSON.stringify(password))
    t.match(stderr, /^manage: The password .*\n$/)
    t.notOk(password && `${stdout}${stderr}`.includes(password), 'the password is not repeated')
  }
  t.equal(await findLogin(db, phone), undefined)
})

t.test('the minimum length of a password is a setting', async (t) => {
  const { phone } = await hire()
  const change = (least: string) =>
    run(['staff', 'set-password', phone], 'walnut ferry zq', { PASSWORD_MIN_LENGTH: least })
  t.match(await change('16'), { code: 1, stderr: 'manage: The password needs at least 16 characters.\n' })
  t.match(await change('15'), { code: 0, stderr: '' })
})

t.test('staff are listed with number, name, department and state', async (t) => {
  const one = await hire()
  const other = await hire()
  await succeed(['staff', 'disable', other.phone])
  const listed = await succeed(['staff', 'list'])
  const rowOf = (phone: string) => listed.find(([cell]) => cell === phone)
  t.strictSame(rowOf(one.phone), [one.phone, 'Olim Saidov', one.department, 'active'])
  t.strictSame(rowOf(other.phone), [other.phone, 'Olim Saidov', other.department, 'disabled'])
})

t.test('a new password replaces the old one and ends every session', async (t) => {
  const { phone, sessions } = await hire()
  await succeed(['staff', 'set-password', phone], 'different kettle 48 sparrow')
  const { passwordHash } = await userOf(phone)
  t.ok(await verifyPassword(passwordHash, 'different kettle 48 sparrow'))
  t.notOk(await verifyPassword(passwordHash, PASSWORD))
  t.equal(await sessions(), 0)
})

t.test('staff without a name can get a new password too', async (t) => {
  const { phone, userId } = await hire()
  await db.update(users).set({ fullName: null }).where(eq(users.id, userId))
  t.strictSame(await succeed(['staff', 'set-password', phone], 'different kettle 48 sparrow'), [
    [maskPhone(phone), 'new password', 'sessions ended: 1']
  ])
  t.strictSame(
    (await succeed(['staff', 'list'])).filter(([cell]) => cell === phone).map(([, name]) => name),
    ['-']
  )
})

t.test('a password that is not UTF-8 is refused, since a wrong one would match it', async (t) => {
  const { phone } = await hire()
  const before = await userOf(phone)
  const cyrillic = 'грецкий орех паром 1903'
  const windows1251 = Buffer.from(
    [...cyrillic].map((c) => (c > '~' ? 0xc0 + c.charCodeAt(0) - 0x410 : c.charCodeAt(0)))
  )
  for (const bytes of [
    windows1251,
    Buffer.from(`\ufeff${PASSWORD}`, 'utf16le'),
    Buffer.from(PASSWORD, 'utf16le')
  ]) {
    const refused = await run(['staff', 'set-password', phone], bytes)
    t.match(refused, { code: 1, stdout: '', stderr: /^manage: The password .*UTF-8.*\n$/ })
  }
  t.strictSame(await userOf(phone), before)
  await succeed(['staff', 'set-password', phone], `\ufeff${cyrillic}\r\n`)
  t.ok(
    await verifyPassword((await userOf(phone)).passwordHash, cyrillic),
    'UTF-8 with a byte order mark is accepted'
  )
})

t.test('a refused new password changes nothing', async (t) => {
  const { phone, sessions } = await hire()
  const before = await userOf(phone)
  t.equal((await run(['staff', 'set-password', phone], phone)).code, 1)
  t.strictSame(await userOf(phone), before)
  t.equal(await sessions(), 1)
})

t.test('disabling locks the account and ends every session, enabling unlocks it', async (t) => {
  const { phone, sessions } = await hire()
  await succeed(['staff', 'disable', phone])
  t.equal((await userOf(phone)).isActive, false)
  t.equal(await sessions(), 0)
  await succeed(['staff', 'enable', phone])
  t.equal((await userOf(phone)).isActive, true)
})

t.test('staff commands refuse citizens and unknown numbers', async (t) => {
  const citizen = randomPhone()
  const user = await insertUser(citizen)
  for (const command of [
    ...[['set-password'], ['disable'], ['enable'], ['remove']],
    ...[
      ['move', '--department', 'x'],
      ['rename', '--name', 'x']
    ]
  ]) {
    for (const phone of [citizen, randomPhone()]) {
      const { code, stderr } = await run(['staff', ...command, phone], PASSWORD)
      t.match({ code, stderr }, { code: 1, stderr: `manage: ${phone} is not staff.\n` })
    }
  }
  t.strictSame((await findLogin(db, citizen))?.user, user)
})

t.test('an invalid number is refused', async (t) => {
  for (const argv of [add('12345', 'Any'), ['staff', 'set-password', '+998712345678']]) {
    t.match(await run(argv, PASSWORD), { code: 1, stderr: /^manage: This is not a mobile number/ })
  }
})

t.test('moved staff must sign in again, since their tokens name the old department', async (t) => {
  const { phone, userId, sessions } = await hire()
  const department = await newDepartment()
  t.strictSame(await succeed(['staff', 'move', phone, '--department', ` ${department.toUpperCase()} `]), [
    [maskPhone(phone), department, 'sessions ended: 1']
  ])
  t.equal(await sessions(), 0)
  t.match(
    (await succeed(['staff', 'list'])).find(([cell]) => cell === phone),
    [phone, 'Olim Saidov', department]
  )
  t.strictSame(await eventsOf(userId), ['staff_added', 'staff_moved'])
  t.match(await run(['staff', 'move', phone, '--department', 'No such place']), {
    code: 1,
    stderr: 'manage: There is no department named "No such place".\n'
  })
})

t.test('renamed staff stay signed in, and the audit log records it', async (t) => {
  const { phone, userId, sessions } = await hire()
  t.strictSame(await succeed(['staff', 'rename', phone, '--name', ' Olima Saidova ']), [
    [maskPhone(phone), 'Olima Saidova']
  ])
  t.equal((await userOf(phone)).fullName, 'Olima Saidova')
  t.equal(await sessions(), 1)
  t.strictSame(await eventsOf(userId), ['staff_added', 'staff_renamed'])
  t.match(await run(['staff', 'rename', phone, '--name', '\u200b']), { code: 1, stderr: /^manage: A name/ })
})

t.test('removed staff become citizens and keep the account, but no password or session', async (t) => {
  const { phone, userId, sessions, department } = await hire()
  t.strictSame(await succeed(['staff', 'remove', phone]), [
    [maskPhone(phone), 'citizen', 'sessions ended: 1']
  ])
  t.match(await findLogin(db, phone), { user: { id: userId, passwordHash: null }, departmentId: null })
  t.equal(await sessions(), 0)
  t.strictSame(await eventsOf(userId), ['staff_added', 'staff_removed'])
  await succeed(add(phone, department), PASSWORD)
  t.ok(await verifyPassword((await userOf(phone)).passwordHash, PASSWORD), 'and can be staff again')
})

t.test('the audit log records disabled and enabled staff and new passwords', async (t) => {
  const { phone, userId } = await hire()
  await succeed(['staff', 'disable', phone])
  await succeed(['staff', 'enable', phone])
  await succeed(['staff', 'set-password', phone], 'different kettle 48 sparrow')
  t.strictSame(await eventsOf(userId), ['password_changed', 'staff_added', 'user_disabled', 'user_enabled'])
})
