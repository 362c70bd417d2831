import { sql } from 'drizzle-orm'
import t from 'tap'
import { deleteOldFormerNumbers } from '../../src/db/former-numbers.ts'
import { deleteOldPutAwayProfiles } from '../../src/db/put-away-profiles.ts'
import { deleteOverSessions, findSession } from '../../src/db/sessions.ts'
import { type Db, db } from '../database.ts'
import { insertSession, insertUser } from '../rows.ts'

/** Enough that reading them all costs more than finding the first few by index. */
const ROWS = 20_000
const LIMIT = 10

const sweeps = [
  {
    table: 'sessions',
    columns: 'user_id, role, expires_at, absolute_expires_at',
    values: "id, 'citizen', now() + interval '1 day', now() + interval '1 day'",
    age: "absolute_expires_at = now() - interval '2 days'",
    sweep: (tx: Db) => deleteOverSessions(tx, { keepSeconds: 86_400, limit: LIMIT })
  },
  {
    table: 'put_away_profiles',
    columns: 'user_id',
    values: 'id',
    age: "put_away_at = now() - interval '31 days'",
    sweep: (tx: Db) => deleteOldPutAwayProfiles(tx, LIMIT)
  },
  {
    table: 'former_numbers',
    columns: 'user_id, phone_number',
    values: 'id, phone_number',
    age: "taken_at = now() - interval '31 days'",
    sweep: (tx: Db) => deleteOldFormerNumbers(tx, LIMIT)
  }
]

await db.execute(
  sql`insert into users (phone_number) select '+99890' || 1000000 + n from generate_series(1, ${ROWS}) n`
)

/** The server's counts for a connection, including the transactions of its last second. */
async function counted(tx: Db, table: string) {
  const [row] = await tx.execute(
    sql`select seq_scan::int as scans, idx_tup_fetch::int as rows from pg_stat_xact_user_tables where relname = ${table}`
  )
  return { scans: Number(row?.scans), rows: Number(row?.rows) }
}

/** The result of the work, how often it read the whole table, and how many rows it fetched by index. */
async function measured<Result>(table: string, work: (tx: Db) => Promise<Result>) {
  return db.transaction(async (tx) => {
    const before = await counted(tx, table)
    const result = await work(tx)
    const after = await counted(tx, table)
    return { result, scans: after.scans - before.scans, rows: after.rows - before.rows }
  })
}

for (const { table, columns, values, age, sweep } of sweeps) {
  t.test(`a sweep of ${table} never reads the whole table, whatever its statistics say`, async (t) => {
    await db.execute(sql.raw(`alter table ${table} set (autovacuum_enabled = off)`))
    await db.execute(sql.raw(`insert into ${table} (${columns}) select ${values} from users`))
    const none = { result: 0, scans: 0 }
    t.match(await measured(table, sweep), none, 'no row is old, and there are no statistics')

    await db.execute(sql.raw(`analyze ${table}`))
    await db.execute(sql.raw(`update ${table} set ${age}`))
    t.match(
      await measured(table, sweep),
      { result: LIMIT, scans: 0 },
      'all rows are old, but the statistics know of none'
    )

    await db.execute(sql.raw(`analyze ${table}`))
    await db.execute(sql.raw(`delete from ${table}`))
    await db.execute(sql.raw(`insert into ${table} (${columns}) select ${values} from users`))
    t.match(await measured(table, sweep), none, 'no row is old, but the statistics say all are')
  })
}

t.test('finding a session reads one row, however many its user has', async (t) => {
  await db.execute(sql`delete from sessions`)
  await db.execute(sql`
    insert into sessions (user_id, role, expires_at, absolute_expires_at)
    select id, 'citizen', now() + interval '1 day', now() + interval '1 day' from users`)
  await db.execute(sql`analyze sessions`)
  const user = await insertUser()
  const ids = await Promise.all(Array.from({ length: 50 }, () => insertSession(user.id)))
  const session = { id: ids[0] ?? '', userId: user.id }
  const { result, rows } = await measured('sessions', (tx) => findSession(tx, session))
  t.ok(result)
  t.equal(rows, 1)
})
