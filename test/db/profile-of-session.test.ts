import { eq } from 'drizzle-orm'
import t, { type Test } from 'tap'
import { changeProfile } from '../../src/db/profile-of-session.ts'
import { sessions, users } from '../../src/db/schema.ts'
import { db } from '../database.ts'
import { build, claimsOf, signUp } from '../helper.ts'
import { createStaff } from '../staff.ts'

const notAfter = 'infinity'

/** A session of a citizen with a profile. */
async function citizen(tap: Test) {
  const { access } = await signUp(await build(tap))
  const { sub: userId, sid: sessionId } = claimsOf(access)
  await db.update(users).set({ fullName: 'Ali', neighborhood: 'Chilonzor' }).where(eq(users.id, userId))
  return { userId, sessionId, notAfter }
}

t.test('a profile change writes the given fields, keeps the rest and clears nulls', async (t) => {
  const asker = await citizen(t)
  const first = await changeProfile(db, asker, { location: 'Uy 7' })
  t.match(first, {
    user: { fullName: 'Ali', neighborhood: 'Chilonzor', location: 'Uy 7' },
    department: null
  })
  const second = await changeProfile(db, asker, { fullName: 'Vali', neighborhood: null })
  t.match(second?.user, { fullName: 'Vali', neighborhood: null, location: 'Uy 7' })
})

t.test('nothing is written for an ended session, another user or a request past its deadline', async (t) => {
  const asker = await citizen(t)
  const other = await citizen(t)
  const name = { fullName: 'Somebody else' }
  t.equal(await changeProfile(db, { ...asker, userId: other.userId }, name), undefined)
  t.equal(await changeProfile(db, { ...asker, notAfter: '2020-01-01T00:00:00Z' }, name), undefined)
  await db.update(sessions).set({ endedAt: new Date() }).where(eq(sessions.id, asker.sessionId))
  t.equal(await changeProfile(db, asker, name), undefined)
  const found = await db.select({ fullName: users.fullName }).from(users).where(eq(users.id, asker.userId))
  t.strictSame(found, [{ fullName: 'Ali' }])
})

t.test('a staff profile change returns the department', async (t) => {
  const { staffLogin } = await build(t)
  const { phone, password, department } = await createStaff()
  const { sub: userId, sid: sessionId } = claimsOf((await staffLogin(phone, password)).json().access)
  const changed = await changeProfile(db, { userId, sessionId, notAfter }, { location: 'Xona 3' })
  t.match(changed, { user: { location: 'Xona 3' }, department: { id: department.id, name: department.name } })
})
