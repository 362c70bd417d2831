import { randomUUID } from 'node:crypto'
import t from 'tap'
import { updateAccess } from '../../src/db/account.ts'
import { connect } from '../../src/db/client.ts'
import { noDeadline } from '../../src/db/deadline.ts'
import { insertDepartment } from '../../src/db/departments.ts'
import { countLiveSessions } from '../../src/db/sessions.ts'
import { findLogin, insertStaff, listStaff } from '../../src/db/staff.ts'
import { updateProfile } from '../../src/db/users.ts'
import { databaseUrl, db } from '../database.ts'
import { randomPhone } from '../helper.ts'
import { insertSession, insertUser } from '../rows.ts'

async function newDepartment(start = 'Department') {
  const department = await insertDepartment(db, `${start} ${randomUUID()}`)
  if (!department) throw new Error('the name was taken')
  return department
}

/** Makes a number staff of a new department, or tries to. */
async function hire({ phone = randomPhone(), fullName = 'Olim Saidov', passwordHash = 'hash' } = {}) {
  const { id: departmentId } = await newDepartment()
  const hired = await insertStaff(db, { phone, departmentId, fullName, passwordHash })
  return { phone, departmentId, hired }
}

async function userOf(phone: string) {
  const login = await findLogin(db, phone)
  if (!login) throw new Error('nobody has this number')
  return login.user
}

async function openSession(userId: string) {
  await insertSession(userId, { role: 'staff' })
}

t.test('a new number becomes a user with a password and a department', async (t) => {
  const { phone, departmentId, hired } = await hire()
  t.equal(hired, true)
  t.match(await findLogin(db, phone), {
    user: { phoneNumber: phone, fullName: 'Olim Saidov', passwordHash: 'hash', isActive: true },
    departmentId
  })
})

t.test('a citizen who becomes staff keeps the account under a new name', async (t) => {
  const phone = randomPhone()
  const user = await insertUser(phone)
  await updateProfile(db, user.id, { fullName: 'Olim', neighborhood: 'Yunusobod' }, noDeadline)
  t.match(await findLogin(db, phone), { user: { id: user.id, passwordHash: null }, departmentId: null })

  const { departmentId } = await hire({ phone })
  t.match(await findLogin(db, phone), {
    user: { id: user.id, fullName: 'Olim Saidov', neighborhood: 'Yunusobod', passwordHash: 'hash' },
    departmentId
  })
})

t.test('adding somebody who is already staff is refused and changes nothing', async (t) => {
  const { phone } = await hire()
  const before = await findLogin(db, phone)
  const again = await hire({ phone, fullName: 'Somebody Else', passwordHash: 'another hash' })
  t.equal(again.hired, false)
  t.strictSame(await findLogin(db, phone), before)
})

t.test('adding staff to an unknown department adds neither staff nor user', async (t) => {
  const phone = randomPhone()
  const staff = { phone, departmentId: randomUUID(), fullName: 'Olim', passwordHash: 'hash' }
  await t.rejects(insertStaff(db, staff), { cause: { code: '23503' } })
  t.equal(await findLogin(db, phone), undefined)
})

t.test('a number that nobody has finds no login', async (t) => {
  t.equal(await findLogin(db, randomPhone()), undefined)
})

t.test('staff are listed by department and number, and citizens are not', async (t) => {
  const [water, archive] = [await newDepartment('Water'), await newDepartment('Archive')]
  const phones = [randomPhone(), randomPhone()].sort()
  const [lower = '', higher = ''] = phones
  const [boss, citizen] = [randomPhone(), randomPhone()]
  await insertStaff(db, { phone: boss, departmentId: water.id, fullName: 'Aziz', passwordHash: 'h' })
  await insertStaff(db, { phone: higher, departmentId: archive.id, fullName: 'Zafar', passwordHash: 'h' })
  await insertStaff(db, { phone: lower, departmentId: archive.id, fullName: 'Zafar', passwordHash: 'h' })
  await insertUser(citizen)

  const listed = (await listStaff(db)).map(({ user, department }) => [user.phoneNumber, department])
  t.strictSame(
    listed.filter(([phone = '']) => [boss, citizen, ...phones].includes(phone)),
    [
      [lower, archive.name],
      [higher, archive.name],
      [boss, water.name]
    ]
  )
})

t.test('a change of staff access ends all their sessions and nobody else’s', async (t) => {
  const user = await userOf((await hire()).phone)
  const bystander = await userOf((await hire()).phone)
  for (const { id } of [user, user, bystander]) await openSession(id)

  await updateAccess(db, user.id, { passwordHash: 'new hash', isActive: false })
  t.strictSame(await userOf(user.phoneNumber), { ...user, passwordHash: 'new hash', isActive: false })
  t.equal(await countLiveSessions(db, user.id), 0)
  t.strictSame(await userOf(bystander.phoneNumber), bystander)
  t.equal(await countLiveSessions(db, bystander.id), 1)
})

t.test(
  'of many simultaneous attempts to make a number staff one succeeds, and the rest change nothing',
  async (t) => {
    const pool = connect({ url: databaseUrl, poolMax: 10, timeoutMs: 5_000 })
    t.teardown(pool.close)
    const { id: departmentId } = await newDepartment()
    for (const phone of [randomPhone(), (await insertUser()).phoneNumber]) {
      const hires = Array.from({ length: 8 }, (_, i) =>
        insertStaff(pool.db, { phone, departmentId, fullName: `Nr ${i}`, passwordHash: `hash ${i}` })
      )
      const hired = await Promise.all(hires)
      t.equal(hired.filter(Boolean).length, 1)
      t.match(await findLogin(db, phone), {
        user: { passwordHash: `hash ${hired.indexOf(true)}` },
        departmentId
      })
    }
  }
)
