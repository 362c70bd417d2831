import { eq, sql } from 'drizzle-orm'
import t, { type Test } from 'tap'
import { connect, type Db } from '../../src/db/client.ts'
import { prepared } from '../../src/db/prepared.ts'
import { users } from '../../src/db/schema.ts'
import { databaseUrl, db } from '../database.ts'
import { randomPhone } from '../helper.ts'
import { createProxy } from '../proxy.ts'
import { insertUser } from '../rows.ts'

/** A pool of one connection, so that the next query runs where the last one did. */
function oneConnection(t: Test, url = databaseUrl): Db {
  const { db, close } = connect({ url, poolMax: 1, timeoutMs: 5_000 })
  t.teardown(close)
  return db
}

function countedQuery() {
  const builtFor: Db[] = []
  const idByPhone = prepared((db) => {
    builtFor.push(db)
    const query = db.select({ id: users.id }).from(users)
    return query.where(eq(users.phoneNumber, sql.placeholder('phone'))).prepare('id_by_phone')
  })
  return { builtFor, idByPhone }
}

t.test('a query is built once per connection, however often it runs', async (t) => {
  const { builtFor, idByPhone } = countedQuery()
  const people = await Promise.all([1, 2, 3].map(() => insertUser()))
  for (const user of people) {
    t.strictSame(await idByPhone(db).execute({ phone: user.phoneNumber }), [{ id: user.id }])
  }
  t.equal(builtFor.length, 1)
})

t.test('each connection and each transaction gets its own query', async (t) => {
  const { builtFor, idByPhone } = countedQuery()
  const other = oneConnection(t)
  idByPhone(db)
  idByPhone(other)
  await other.transaction(async (tx) => {
    const phone = randomPhone()
    const user = await insertUser(phone, tx)
    t.strictSame(
      await idByPhone(tx).execute({ phone }),
      [{ id: user.id }],
      'the transaction sees its own user'
    )
  })
  t.equal(new Set(builtFor).size, 3)
})

t.test('the server prepares a query once', async (t) => {
  const own = oneConnection(t)
  const { idByPhone } = countedQuery()
  // In embedded PostgreSQL all connections share one session: only what is new belongs to this one.
  const plans = sql`select count(*)::int as count from pg_prepared_statements where statement like 'select "id" from "users"%'`
  const before = await own.execute(plans)
  for (let times = 0; times < 5; times++) await idByPhone(own).execute({ phone: randomPhone() })
  const after = await own.execute(plans)
  t.equal(Number(after[0]?.count) - Number(before[0]?.count), 1)
})

t.test('a prepared query keeps working after its connection is lost', async (t) => {
  const { hostname, port } = new URL(databaseUrl)
  const proxy = await createProxy(t, hostname, Number(port))
  const own = oneConnection(t, proxy.url(databaseUrl))
  const user = await insertUser(randomPhone(), own)
  const { idByPhone } = countedQuery()
  const find = () => idByPhone(own).execute({ phone: user.phoneNumber })
  const found = [{ id: user.id }]
  t.strictSame(await find(), found)

  proxy.cut()
  await t.rejects(find(), 'the loss shows')
  // One more query may get the connection before it has closed.
  t.strictSame(await find().catch(find), found)
})
