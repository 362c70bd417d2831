import { eq, inArray } from 'drizzle-orm'
import t from 'tap'
import { connect } from '../../src/db/client.ts'
import { auditEvents, sessions } from '../../src/db/schema.ts'
import { databaseUrl, db, isEmbedded } from '../database.ts'
import { build, signUp } from '../helper.ts'
import { insertSession, insertUser } from '../rows.ts'
import { run, succeed } from './run.ts'

const now = () => new Date().toISOString()

t.test('everybody is signed out, and those who sign in again stay signed in', async (t) => {
  const built = await build(t)
  const before = await signUp(built)
  const time = now()
  const after = await signUp(built)
  const [[ended, left] = []] = await succeed(['sessions', 'end-all', '--before', time])
  t.match(ended, /^sessions ended: [1-9]/)
  t.equal(left, 'left: 0')
  t.match((await built.me(before.access)).json(), { code: 'SESSION_ENDED' })
  t.match((await built.refresh(before.refresh)).json(), { code: 'SESSION_ENDED' })
  t.equal((await built.me(after.access)).statusCode, 200)
  t.strictSame(await succeed(['sessions', 'end-all', '--before', time]), [['sessions ended: 0', 'left: 0']])
  t.ok(await db.$count(auditEvents, eq(auditEvents.event, 'all_sessions_ended')))
})

t.test('a time that has no zone, is invalid or is in the future ends nothing', async (t) => {
  const { id } = await insertUser()
  const session = await insertSession(id)
  for (const time of ['2026-11-27T18:00:00', 'yesterday', '2026-13-01T00:00:00Z', '1764266400'])
    t.match(await run(['sessions', 'end-all', '--before', time]), { code: 1, stderr: /has a date, an hour/ })
  t.match(await run(['sessions', 'end-all', '--before', '2999-01-01T00:00:00Z']), {
    code: 1,
    stderr: /yet to come/
  })
  t.match(await run(['sessions', 'end-all']), { code: 2, stderr: /required option/ })
  t.equal((await db.select().from(sessions).where(eq(sessions.id, session)))[0]?.endedAt, null)
})

// In the embedded database all connections share one session, so none can block another.
if (!isEmbedded)
  t.test('a session that somebody is changing is left, and the operator is told', async (t) => {
    const { id } = await insertUser()
    const [held = '', free = ''] = [await insertSession(id), await insertSession(id)]
    const other = connect({ url: databaseUrl, poolMax: 1, timeoutMs: 5_000 })
    t.teardown(other.close)
    await other.db.transaction(async (tx) => {
      await tx.select().from(sessions).where(eq(sessions.id, held)).for('no key update')
      t.match(await run(['sessions', 'end-all', '--before', now()]), {
        code: 1,
        stdout: /left: 1/,
        stderr: /run this again/
      })
    })
    const rows = await db
      .select()
      .from(sessions)
      .where(inArray(sessions.id, [held, free]))
    t.strictSame(
      new Map(rows.map((row) => [row.id, row.endedAt !== null])),
      new Map([
        [held, false],
        [free, true]
      ])
    )
    await succeed(['sessions', 'end-all', '--before', now()])
  })
