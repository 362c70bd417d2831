import { eq } from 'drizzle-orm'
import t, { type Test } from 'tap'
import { operate, seedCitizen, seedStaff } from '../../scripts/dev-seeds.ts'
import { users } from '../../src/db/schema.ts'
import { listSessions } from '../../src/db/sessions.ts'
import { databaseUrl, db } from '../database.ts'
import { build, randomPhone } from '../helper.ts'
import { findUserByPhone } from '../rows.ts'

/** A development server that listens. */
async function development(t: Test) {
  const built = await build(t, { DEBUG: 'true' })
  return { ...built, address: await built.app.listen({ host: '127.0.0.1', port: 0 }) }
}

const env = { DATABASE_URL: databaseUrl }
const clerk = () => ({
  phone: randomPhone(),
  password: 'unrelated walnut ferry 1903',
  name: 'Second Staff',
  department: `Department ${randomPhone()}`
})

t.test('a seeded citizen has a profile and no session', async (t) => {
  const { address, verifyOtp } = await development(t)
  const phone = randomPhone()
  t.strictSame(await seedCitizen(address, phone), { phone, name: 'Aziza Karimova' })
  const user = await findUserByPhone(db, phone)
  t.match(user, { fullName: 'Aziza Karimova', neighborhood: 'Chilonzor' })
  t.strictSame(await listSessions(db, user?.id ?? ''), [])
  t.match((await verifyOtp(phone, '1111')).json(), { is_new_user: false, profile_complete: true })
})

t.test('seeding again keeps what the citizen has changed meanwhile', async (t) => {
  const { address, verifyOtp, patchProfile, me } = await development(t)
  const phone = randomPhone()
  await seedCitizen(address, phone)
  const { access } = (await verifyOtp(phone, '1111')).json()
  await patchProfile(access, { full_name: 'Ali Valiyev', neighborhood: null })
  t.strictSame(await seedCitizen(address, phone), { phone, name: 'Ali Valiyev' })
  t.match((await me(access)).json(), { full_name: 'Ali Valiyev', neighborhood: null }, 'still signed in')
})

t.test('a citizen who cannot be seeded is reported with the reason', async (t) => {
  const { app, address } = await development(t)
  const phone = randomPhone()
  await seedCitizen(address, phone)
  await db.update(users).set({ isActive: false }).where(eq(users.phoneNumber, phone))
  await t.rejects(seedCitizen(address, phone), { message: /^\+998\d+ cannot be seeded: .*switched off/ })
  await app.close()
  await t.rejects(seedCitizen(address, phone), {
    message: `${phone} cannot be seeded: nothing answers at ${address}.`
  })
})

t.test('a seeded clerk signs in with the given password, even if it was another before', async (t) => {
  const { staffLogin } = await development(t)
  const seeded = clerk()
  await seedStaff(env, seeded)
  t.match((await staffLogin(seeded.phone, seeded.password)).json(), { role: 'staff' })
  const again = { ...seeded, password: 'other unlikely lantern 2718' }
  await seedStaff(env, again)
  t.match((await staffLogin(again.phone, again.password)).json(), { role: 'staff' })
})

t.test('a clerk who cannot be seeded is reported with the reason', async (t) => {
  await t.rejects(seedStaff(env, { ...clerk(), password: 'short' }), {
    message: /needs at least 12 characters/
  })
  const { code, output } = await operate({ DATABASE_URL: 'nonsense' }, ['staff', 'list'])
  t.equal(code, 1)
  t.match(output, 'DATABASE_URL')
})
