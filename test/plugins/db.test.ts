import { sql } from 'drizzle-orm'
import t from 'tap'
import { databaseUrl, db, isEmbedded } from '../database.ts'
import { build, letPass, randomPhone, signUp } from '../helper.ts'
import { createProxy } from '../proxy.ts'
import { until } from '../until.ts'

for (const fault of ['refuse', 'hang'] as const) {
  t.test(`without PostgreSQL (${fault}) calls get a 503, and the service recovers by itself`, async (t) => {
    const { hostname, port } = new URL(databaseUrl)
    const proxy = await createProxy(t, hostname, Number(port))
    const built = await build(t, {
      DATABASE_URL: proxy.url(databaseUrl),
      DATABASE_TIMEOUT_MS: '300',
      HANDLER_TIMEOUT_MS: '2000',
      NODE_ENV: 'development',
      DEBUG: 'true'
    })
    const { access } = await signUp(built)
    const phone = randomPhone()
    await proxy[fault]()

    const replies = await Promise.all([
      built.me(access),
      built.patchProfile(access, { full_name: 'Ali' }),
      built.verifyOtp(phone, '1111'),
      built.staffLogin(randomPhone(), 'some password')
    ])
    for (const reply of replies) {
      t.match(reply.json(), { statusCode: 503, code: 'SERVICE_UNAVAILABLE', retry_after: 1 })
    }

    await proxy.forward()
    await until(async () => (await built.me(access)).statusCode === 200)
    t.match((await built.verifyOtp(phone, '1111')).json(), { is_new_user: true }, 'no partial user was left')
  })
}

t.test('a PostgreSQL outage does not burn the code a citizen holds', async (t) => {
  const { hostname, port } = new URL(databaseUrl)
  const proxy = await createProxy(t, hostname, Number(port))
  const { sendOtp, verifyOtp, outbox } = await build(t, { DATABASE_URL: proxy.url(databaseUrl) })
  const phone = randomPhone()
  await sendOtp(phone)
  await proxy.refuse()
  t.equal((await verifyOtp(phone, outbox.codeFor(phone))).statusCode, 503)
  await proxy.forward()
  let statusCode = 503
  await until(async () => {
    statusCode = (await verifyOtp(phone, outbox.codeFor(phone))).statusCode
    return statusCode !== 503
  })
  t.equal(statusCode, 200)
})

t.test('a sign-in that loses its PostgreSQL connection leaves the code valid', async (t) => {
  if (isEmbedded) return
  const { hostname, port } = new URL(databaseUrl)
  const proxy = await createProxy(t, hostname, Number(port))
  const built = await build(t, { DATABASE_URL: proxy.url(databaseUrl) })
  const { phone } = await signUp(built)
  await letPass(phone)
  await built.sendOtp(phone)
  const verify = () => built.verifyOtp(phone, built.outbox.codeFor(phone))

  // The statement has reached PostgreSQL and is waiting for this lock when its connection is cut.
  const { verified } = await db.transaction(async (tx) => {
    await tx.execute(sql`select from users where phone_number = ${phone} for update`)
    const verified = verify()
    await until(async () => {
      const waiting = await db.execute(
        sql`select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
      )
      return waiting.length > 0
    })
    proxy.cut()
    return { verified: await verified }
  })
  t.equal(verified.statusCode, 503)
  let last = 503
  await until(async () => {
    last = (await verify()).statusCode
    return last !== 503
  })
  t.equal(last, 200)
  t.equal((await verify()).statusCode, 401, 'and works once')
})

t.test('a service under load recovers from a silent PostgreSQL', async (t) => {
  const { hostname, port } = new URL(databaseUrl)
  const proxy = await createProxy(t, hostname, Number(port))
  const settings = {
    DATABASE_URL: proxy.url(databaseUrl),
    DATABASE_TIMEOUT_MS: '300',
    DATABASE_POOL_MAX: '2'
  }
  const built = await build(t, settings)
  const { access } = await signUp(built)
  proxy.hang()
  const silent = setInterval(() => built.me(access), 50)
  t.teardown(() => clearInterval(silent))
  t.equal((await built.me(access)).statusCode, 503)
  await proxy.refuse()
  await proxy.forward()
  await until(async () => (await built.me(access)).statusCode === 200)
})

t.test('an outage uses up no password guesses', async (t) => {
  const { hostname, port } = new URL(databaseUrl)
  const proxy = await createProxy(t, hostname, Number(port))
  const { staffLogin } = await build(t, {
    DATABASE_URL: proxy.url(databaseUrl),
    LOGIN_WAIT_SECONDS: '60'
  })
  const phone = randomPhone()
  await proxy.refuse()
  for (let i = 0; i < 3; i++) t.equal((await staffLogin(phone, 'some password')).statusCode, 503)
  await proxy.forward()
  await until(async () => (await staffLogin(phone, 'some password')).statusCode !== 503)
  t.equal((await staffLogin(phone, 'some password')).statusCode, 429)
})
