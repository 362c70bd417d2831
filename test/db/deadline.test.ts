import t from 'tap'
import { assertInTime, readClock } from '../../src/db/deadline.ts'
import { db } from '../database.ts'

t.test('a deadline is judged by the database clock', async (t) => {
  const now = await readClock(db)
  t.ok(Math.abs(now - Date.now()) < 5_000, 'the clock is in milliseconds since 1970')
  const at = (ms: number) => ({ notAfter: new Date(ms).toISOString() })
  await assertInTime(db, at(now + 60_000))
  await t.rejects(assertInTime(db, at(now - 1)), { name: 'StatementLate' })
})
