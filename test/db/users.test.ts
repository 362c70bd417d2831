import { eq } from 'drizzle-orm'
import t from 'tap'
import { noDeadline } from '../../src/db/deadline.ts'
import { users } from '../../src/db/schema.ts'
import { updateProfile } from '../../src/db/users.ts'
import { db } from '../database.ts'
import { findUserByPhone, insertUser } from '../rows.ts'

t.test('a profile change affects only the given fields', async (t) => {
  const { id, phoneNumber } = await insertUser()
  await updateProfile(db, id, { fullName: 'Aziza Karimova', neighborhood: 'Chilonzor' }, noDeadline)
  const changed = await updateProfile(db, id, { location: '41.31,69.24', neighborhood: null }, noDeadline)
  t.match(changed, { fullName: 'Aziza Karimova', neighborhood: null, location: '41.31,69.24' })
  t.strictSame(await findUserByPhone(db, phoneNumber), changed)
})

t.test('a profile change touches nobody else', async (t) => {
  const [one, other] = [await insertUser(), await insertUser()]
  await updateProfile(db, one.id, { fullName: 'Aziza Karimova' }, noDeadline)
  t.strictSame(await findUserByPhone(db, other.phoneNumber), other)
})

t.test('the profile of a deleted user cannot be changed', async (t) => {
  const { id } = await insertUser()
  await db.delete(users).where(eq(users.id, id))
  t.equal(await updateProfile(db, id, { fullName: 'Nobody' }, noDeadline), undefined)
})
