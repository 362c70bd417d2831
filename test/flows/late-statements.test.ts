import { eq, inArray } from 'drizzle-orm'
import t from 'tap'
import { sessions, users } from '../../src/db/schema.ts'
import { databaseUrl, db, isEmbedded } from '../database.ts'
import { build, claimsOf, randomPhone, signUp } from '../helper.ts'
import { createProxy } from '../proxy.ts'
import { createStaff } from '../staff.ts'
import { until } from '../until.ts'

const CITIZENS = 30

t.test('a process cut off from the database ends no session that was renewed elsewhere', async (t) => {
  if (isEmbedded) return
  const { hostname, port } = new URL(databaseUrl)
  const proxy = await createProxy(t, hostname, Number(port))
  const elsewhere = await build(t)
  const cutOff = await build(t, {
    DATABASE_URL: proxy.url(databaseUrl),
    DATABASE_TIMEOUT_MS: '3000',
    DATABASE_QUEUE_TIMEOUT_MS: '500',
    HANDLER_TIMEOUT_MS: '1000'
  })
  const citizens = await Promise.all(Array.from({ length: CITIZENS }, () => signUp(elsewhere)))
  const renew = async (token: string) =>
    (await elsewhere.refresh(token)).json<{ access: string; refresh: string }>()
  // The process must know the database clock before the database is away.
  await cutOff.refresh('none')
  t.equal((await cutOff.me(citizens[0]?.access ?? '')).statusCode, 200)

  proxy.hang()
  const phone = randomPhone()
  const refused = await Promise.all([
    ...citizens.map(({ refresh }) => cutOff.refresh(refresh)),
    cutOff.verifyOtp(phone, '1111')
  ])
  t.strictSame(new Set(refused.slice(0, CITIZENS).map(({ statusCode }) => statusCode)), new Set([503]))

  const renewed = await Promise.all(
    citizens.map(async ({ refresh }) => renew((await renew(refresh)).refresh))
  )
  await proxy.forward()
  await until(async () => (await cutOff.me(renewed[0]?.access ?? '')).statusCode === 200)
  const alive = await Promise.all(renewed.map(({ access }) => elsewhere.me(access)))
  t.equal(alive.filter(({ statusCode }) => statusCode === 200).length, CITIZENS)
  const again = await Promise.all(renewed.map(({ refresh }) => elsewhere.refresh(refresh)))
  t.equal(again.filter(({ statusCode }) => statusCode === 200).length, CITIZENS)
})

t.test('a request answered 503 while waiting for a lock changes nothing once the lock is gone', async (t) => {
  if (isEmbedded) return
  const elsewhere = await build(t)
  const waiting = await build(t, { DATABASE_POOL_MAX: '10', HANDLER_TIMEOUT_MS: '1000' })
  const [mover, leaver, writer, ender, quitter, absentee] = await Promise.all(
    Array.from({ length: 6 }, () => signUp(elsewhere))
  )
  if (!mover || !leaver || !writer || !ender || !quitter || !absentee) throw new Error('nobody signed up')
  const staff = await createStaff()
  const old = 'pbkdf2_sha256$30000$seasalt$VrX+V8drCGo68wlvy6rfu8i1d1pfkdeXA4LJkRGJodY='
  await db.update(users).set({ passwordHash: old }).where(eq(users.phoneNumber, staff.phone))
  const next = randomPhone()
  await elsewhere.sendPhoneCode(mover.access, next)
  const code = elsewhere.outbox.codeFor(next)

  const people = [mover, leaver, writer, ender, quitter, absentee, staff].map(({ phone }) => phone)
  const accounts = () =>
    db.select().from(users).where(inArray(users.phoneNumber, people)).orderBy(users.phoneNumber)
  const before = await accounts()
  const ids = before.map(({ id }) => id)
  await db.transaction(async (tx) => {
    await tx.select().from(users).where(inArray(users.id, ids)).for('update')
    await tx.select().from(sessions).where(inArray(sessions.userId, ids)).for('update')
    const refused = await Promise.all([
      waiting.changePhone(mover.access, next, code),
      waiting.deleteMe(leaver.access),
      waiting.patchProfile(writer.access, { full_name: 'Aziza Karimova' }),
      waiting.endSession(ender.access, claimsOf(ender.access).sid),
      waiting.endSessions(absentee.access),
      waiting.logout(quitter.refresh),
      waiting.staffLogin(staff.phone, 'lètmein')
    ])
    t.strictSame(
      refused.map(({ statusCode }) => statusCode),
      refused.map(() => 503)
    )
  })
  // Once closed, the app has ended its statements.
  await waiting.app.close()
  t.strictSame(await accounts(), before)
  for (const { access } of [mover, leaver, writer, ender, quitter, absentee]) {
    t.equal((await elsewhere.me(access)).statusCode, 200)
  }
  t.match((await elsewhere.changePhone(mover.access, next, code)).json(), { phone_number: next })
})
