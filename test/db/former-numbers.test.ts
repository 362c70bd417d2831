import { eq, sql } from 'drizzle-orm'
import t, { type Test } from 'tap'
import { changePhone } from '../../src/db/account.ts'
import { connect } from '../../src/db/client.ts'
import { listFormerOwners, restoreNumber } from '../../src/db/former-numbers.ts'
import { formerNumbers, users } from '../../src/db/schema.ts'
import { databaseUrl, db } from '../database.ts'
import { randomPhone } from '../helper.ts'
import { findUserByPhone, insertSession, insertUser } from '../rows.ts'

/** A user whose number was changed. */
async function moved() {
  const { id, phoneNumber: phone } = await insertUser()
  const next = randomPhone()
  await changePhone(db, { userId: id, sessionId: await insertSession(id), notAfter: 'infinity', phone: next })
  return { id, phone, next }
}
const ownersOf = async (phone: string) => (await listFormerOwners(db, phone)).map(({ user }) => user.id)

function manyConnections(t: Test) {
  const pool = connect({ url: databaseUrl, poolMax: 10, timeoutMs: 5_000 })
  t.teardown(pool.close)
  return pool.db
}

t.test('a former number has no owner after 30 days, even before it is swept', async (t) => {
  const { id, phone } = await moved()
  t.strictSame(await ownersOf(phone), [id])
  await db
    .update(formerNumbers)
    .set({ takenAt: sql`now() - interval '30 days'` })
    .where(eq(formerNumbers.userId, id))
  t.strictSame(await ownersOf(phone), [])
})

t.test('restoring a number can be undone in the same way', async (t) => {
  const { id, phone, next } = await moved()
  t.match(await restoreNumber(db, id, phone), { user: { id, phoneNumber: phone }, ended: 1 })
  t.strictSame([await ownersOf(phone), await ownersOf(next)], [[], [id]])
  t.match(await restoreNumber(db, id, next), { user: { phoneNumber: next }, ended: 0 })
})

t.test('changing back and forth keeps each number once', async (t) => {
  const { id, phone, next } = await moved()
  for (const number of [phone, next, phone])
    await changePhone(db, {
      userId: id,
      sessionId: await insertSession(id),
      notAfter: 'infinity',
      phone: number
    })
  t.strictSame(await ownersOf(next), [id])
  t.equal(
    await db.$count(formerNumbers, eq(formerNumbers.userId, id)),
    1,
    'the current number is not a former one'
  )
})

t.test('a deleted account leaves no former numbers and gets none back', async (t) => {
  const { id, phone } = await moved()
  await db.delete(users).where(eq(users.id, id))
  t.equal(await db.$count(formerNumbers, eq(formerNumbers.userId, id)), 0)
  t.equal(await restoreNumber(db, id, phone), undefined)
})

t.test('a number restored while somebody signs in with it has one account', async (t) => {
  const pool = manyConnections(t)
  for (let round = 0; round < 10; round++) {
    const { id, phone } = await moved()
    const [verdict, born] = await Promise.all([
      restoreNumber(pool, id, phone),
      insertUser(phone, pool).catch(() => undefined)
    ])
    t.equal((await findUserByPhone(db, phone))?.id, verdict === 'taken' ? born?.id : id)
  }
})

t.test('any other error is passed on unchanged', async (t) => {
  const { id } = await moved()
  await t.rejects(restoreNumber(db, id, 'no number'), {
    cause: { constraint_name: 'users_phone_number_e164' }
  })
})
