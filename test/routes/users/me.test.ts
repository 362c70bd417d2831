import { eq } from 'drizzle-orm'
import t from 'tap'
import { users } from '../../../src/db/schema.ts'
import { db } from '../../database.ts'
import { build, randomPhone, signUp } from '../../helper.ts'
import { createStaff } from '../../staff.ts'

t.test('a citizen sees citizen data', async (t) => {
  const built = await build(t)
  const { phone, access } = await signUp(built)
  const reply = await built.me(access)
  t.equal(reply.statusCode, 200)
  const { id, created_at, ...rest } = reply.json()
  t.match(id, /^[0-9a-f-]{36}$/)
  t.equal(new Date(created_at).toISOString(), created_at)
  t.strictSame(rest, {
    phone_number: phone,
    full_name: null,
    role: 'citizen',
    neighborhood: null,
    location: null,
    profile_complete: false
  })
})

t.test('staff see staff data, however they signed in', async (t) => {
  const { staffLogin, verifyOtp, me } = await build(t, { DEBUG: 'true' })
  const { phone, password, department } = await createStaff()
  for (const login of [await staffLogin(phone, password), await verifyOtp(phone, '1111')]) {
    const { id, created_at, ...rest } = (await me(login.json().access)).json()
    t.strictSame(rest, {
      phone_number: phone,
      full_name: 'Gulnora Karimova',
      role: 'staff',
      department_id: department.id,
      department: { id: department.id, name: department.name }
    })
  }
})

t.test('the reply to staff has no password hash', async (t) => {
  const { staffLogin, me } = await build(t)
  const { phone, password } = await createStaff()
  t.notMatch((await me((await staffLogin(phone, password)).json().access)).body, /argon2|password/)
})

t.test('a disabled account is signed out at once', async (t) => {
  const built = await build(t)
  const { phone, access } = await signUp(built, randomPhone())
  await db.update(users).set({ isActive: false }).where(eq(users.phoneNumber, phone))
  t.match((await built.me(access)).json(), { statusCode: 401, code: 'SESSION_ENDED' })
})
