import { eq, sql } from 'drizzle-orm'
import t, { type Test } from 'tap'
import { connect } from '../../src/db/client.ts'
import { users } from '../../src/db/schema.ts'
import { findOrCreateUser, findUserByPhone, updateProfile } from '../../src/db/users.ts'
import { databaseUrl, db } from '../database.ts'
import { randomPhone } from '../helper.ts'

const signUp = async (phone = randomPhone()) => (await findOrCreateUser(db, phone)).user

function manyConnections(t: Test) {
  const pool = connect({ url: databaseUrl, poolMax: 10, timeoutMs: 5_000 })
  t.teardown(pool.close)
  return pool.db
}

t.test('the first sign-in of a number makes a user, every later one finds that user', async (t) => {
  const phone = randomPhone()
  t.equal(await findUserByPhone(db, phone), undefined)

  const first = await findOrCreateUser(db, phone)
  t.equal(first.isNew, true)
  t.match(first.user, { phoneNumber: phone, fullName: null, passwordHash: null, isActive: true })
  t.strictSame(await findOrCreateUser(db, phone), { user: first.user, isNew: false })
  t.strictSame(await findUserByPhone(db, phone), first.user)
})

t.test('of many first sign-ins at the same moment exactly one is new, and all are one user', async (t) => {
  const pool = manyConnections(t)
  const phone = randomPhone()
  const found = await Promise.all(Array.from({ length: 30 }, () => findOrCreateUser(pool, phone)))
  t.equal(found.filter(({ isNew }) => isNew).length, 1)
  t.equal(new Set(found.map(({ user }) => user.id)).size, 1)
})

t.test('a sign-up in a transaction that fails leaves no user', async (t) => {
  const phone = randomPhone()
  const work = db.transaction(async (tx) => {
    t.equal((await findOrCreateUser(tx, phone)).isNew, true)
    t.equal((await findOrCreateUser(tx, phone)).isNew, false, 'it sees its own user')
    throw new Error('the session could not be opened')
  })
  await t.rejects(work, { message: 'the session could not be opened' })
  t.equal(await findUserByPhone(db, phone), undefined)
})

t.test('a user who vanishes while signing in is an error, never somebody else', async (t) => {
  const phone = randomPhone()
  // The moment between the two statements cannot be hit from outside; a trigger that drops the row looks the same.
  await db.execute(sql`create function forget() returns trigger language plpgsql as 'begin return null; end'`)
  await db.execute(
    sql.raw(`create trigger forget before insert on users for each row
      when (new.phone_number = '${phone}') execute function forget()`)
  )
  await t.rejects(findOrCreateUser(db, phone), { message: 'a user was deleted while signing in' })
})

t.test('a profile changes in the fields that are given and in no other', async (t) => {
  const { id, phoneNumber } = await signUp()
  await updateProfile(db, id, { fullName: 'Aziza Karimova', neighborhood: 'Chilonzor' })
  const changed = await updateProfile(db, id, { location: '41.31,69.24', neighborhood: null })
  t.match(changed, { fullName: 'Aziza Karimova', neighborhood: null, location: '41.31,69.24' })
  t.strictSame(await findUserByPhone(db, phoneNumber), changed)
})

t.test('a profile change touches nobody else', async (t) => {
  const [one, other] = [await signUp(), await signUp()]
  await updateProfile(db, one.id, { fullName: 'Aziza Karimova' })
  t.strictSame(await findUserByPhone(db, other.phoneNumber), other)
})

t.test('the profile of a user who is gone cannot be changed', async (t) => {
  const { id } = await signUp()
  await db.delete(users).where(eq(users.id, id))
  t.equal(await updateProfile(db, id, { fullName: 'Nobody' }), undefined)
})
