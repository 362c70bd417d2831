import { randomUUID } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import t, { type Test } from 'tap'
import { connect } from '../../src/db/client.ts'
import {
  auditEvents,
  departments,
  putAwayProfiles,
  sessions,
  staffProfiles,
  users
} from '../../src/db/schema.ts'
import { listSessions } from '../../src/db/sessions.ts'
import { type NewCitizenSession, signInCitizen, signInStaff } from '../../src/db/sign-in.ts'
import { databaseUrl, db, isEmbedded } from '../database.ts'
import { randomPhone } from '../helper.ts'
import { findUserByPhone, insertSession, insertUser } from '../rows.ts'

const DAY = 86_400_000
const session: NewCitizenSession = {
  notAfter: 'infinity',
  idleSeconds: 3_600,
  absoluteSeconds: 7_200,
  refreshDigest: 'digest',
  userAgent: 'Chrome',
  ip: '10.1.2.3',
  dormantDays: 90
}

function manyConnections(t: Test) {
  const pool = connect({ url: databaseUrl, poolMax: 10, timeoutMs: 5_000 })
  t.teardown(pool.close)
  return pool.db
}

const auditOf = (userId: string) => db.select().from(auditEvents).where(eq(auditEvents.userId, userId))
const lastSignIn = (id: string, ago: number) =>
  db
    .update(users)
    .set({ lastSignInAt: new Date(Date.now() - ago) })
    .where(eq(users.id, id))

t.test('the first sign-in of a number creates a user, and the next finds that user', async (t) => {
  const phone = randomPhone()
  const first = await signInCitizen(db, phone, session)
  t.match(first, { isNew: true, fullName: null, generation: 0, wasDormant: false })
  const user = await findUserByPhone(db, phone)
  t.match(user, { id: first?.userId ?? 'none', fullName: null, passwordHash: null, isActive: true })
  t.type(user?.lastSignInAt, Date)

  t.match(await signInCitizen(db, phone, session), { isNew: false, userId: first?.userId ?? '' })
})

t.test('a sign-in that arrives after its deadline leaves no user and no session', async (t) => {
  const late = { ...session, notAfter: new Date(Date.now() - 1_000).toISOString() }
  const phone = randomPhone()
  await t.rejects(signInCitizen(db, phone, late), { name: 'StatementLate' })
  t.equal(await findUserByPhone(db, phone), undefined)

  const { id, phoneNumber } = await insertUser()
  await db.update(users).set({ passwordHash: 'hash' }).where(eq(users.id, id))
  await t.rejects(signInCitizen(db, phoneNumber, late), { name: 'StatementLate' })
  await t.rejects(signInStaff(db, { userId: id, passwordHash: 'hash' }, late), { name: 'StatementLate' })
  t.strictSame(await listSessions(db, id), [])
})

t.test('a session keeps the lifetimes and client it was opened with', async (t) => {
  const opened = await signInCitizen(db, randomPhone(), session)
  if (!opened) throw new Error('no session')
  const [row] = await listSessions(db, opened.userId)
  t.match(row, {
    role: 'citizen',
    refreshDigest: 'digest',
    userAgent: 'Chrome',
    ip: '10.1.2.3',
    generation: 0
  })
  t.equal(Number(opened.expiresAt) - Number(opened.createdAt), 3_600_000)
  t.equal(Number(opened.absoluteExpiresAt) - Number(opened.createdAt), 7_200_000)
  const long = await signInCitizen(db, randomPhone(), { ...session, idleSeconds: 9_999 })
  t.strictSame(long?.expiresAt, long?.absoluteExpiresAt, 'no session outlives its absolute end')
})

t.test('simultaneous first sign-ins create one user, and exactly one of them is new', async (t) => {
  const pool = manyConnections(t)
  const phone = randomPhone()
  const all = await Promise.all(Array.from({ length: 30 }, () => signInCitizen(pool, phone, session)))
  t.equal(all.filter((one) => one?.isNew).length, 1)
  t.equal(new Set(all.map((one) => one?.userId)).size, 1)
  t.equal(new Set(all.map((one) => one?.id)).size, 30)
})

t.test('a user and the first session are created together or not at all', async (t) => {
  const phone = randomPhone()
  await db.execute(sql`create function refuse() returns trigger language plpgsql as
    'begin raise exception using errcode = ''57014''; end'`)
  await db.execute(
    sql`create trigger refuse before insert on sessions for each row execute function refuse()`
  )
  t.teardown(() => db.execute(sql`drop function refuse cascade`))
  await t.rejects(signInCitizen(db, phone, session), { cause: { code: '57014' } })
  t.equal(await findUserByPhone(db, phone), undefined)
  await db.execute(sql`drop trigger refuse on sessions`)
})

t.test('a disabled account opens no session and counts no sign-in', async (t) => {
  const { id, phoneNumber } = await insertUser()
  await db.update(users).set({ isActive: false, passwordHash: 'hash' }).where(eq(users.id, id))
  t.equal(await signInCitizen(db, phoneNumber, session), undefined)
  t.equal(await signInStaff(db, { userId: id, passwordHash: 'hash' }, session), undefined)
  t.equal(await db.$count(sessions, eq(sessions.userId, id)), 0)
  t.equal((await findUserByPhone(db, phoneNumber))?.lastSignInAt, null)
})

t.test('a staff session needs the password hash that was verified', async (t) => {
  const { id: userId } = await insertUser()
  t.equal(await signInStaff(db, { userId, passwordHash: null }, session), undefined)
  await db.update(users).set({ passwordHash: 'new' }).where(eq(users.id, userId))
  t.equal(await signInStaff(db, { userId, passwordHash: 'old' }, session), undefined)
  t.equal(await signInStaff(db, { userId: randomUUID(), passwordHash: 'new' }, session), undefined)
  t.match(await signInStaff(db, { userId, passwordHash: 'new' }, session), { userId })
  t.match(await listSessions(db, userId), [{ role: 'staff' }])
})

t.test('a sign-in after 90 idle days ends every older session and writes an audit line', async (t) => {
  const { id, phoneNumber } = await insertUser()
  await insertSession(id)
  await insertSession(id, { role: 'staff' })
  await lastSignIn(id, 91 * DAY)
  const opened = await signInCitizen(db, phoneNumber, session)
  t.match(opened, { wasDormant: true, isNew: false, userId: id, fullName: null })
  t.strictSame(
    (await listSessions(db, id)).map((one) => one.id),
    [opened?.id]
  )
  t.match(await auditOf(id), [{ event: 'dormant_sign_in' }])

  t.match(await signInCitizen(db, phoneNumber, session), { wasDormant: false })
  t.equal((await listSessions(db, id)).length, 2)
})

t.test('a sign-in after 89 days, or the first one of a recent account, ends no session', async (t) => {
  const [quiet, imported] = [await insertUser(), await insertUser()]
  await lastSignIn(quiet.id, 89 * DAY)
  for (const { id, phoneNumber } of [quiet, imported]) {
    await insertSession(id)
    t.match(await signInCitizen(db, phoneNumber, session), { wasDormant: false })
    t.equal((await listSessions(db, id)).length, 2)
    t.strictSame(await auditOf(id), [])
  }
})

t.test('an account that was added long ago and never signed in to counts as dormant too', async (t) => {
  const { id, phoneNumber } = await insertUser()
  await db
    .update(users)
    .set({ createdAt: new Date(Date.now() - 91 * DAY) })
    .where(eq(users.id, id))
  t.match(await signInCitizen(db, phoneNumber, session), { wasDormant: true })
})

t.test('a sign-in after 90 idle days puts the profile away, and the next one leaves it there', async (t) => {
  const { id, phoneNumber } = await insertUser()
  const profile = { fullName: 'Aziza Karimova', neighborhood: 'Chilonzor', location: '41.3,69.2' }
  await db.update(users).set(profile).where(eq(users.id, id))
  await lastSignIn(id, 91 * DAY)
  for (let times = 0; times < 2; times++) {
    t.match(await signInCitizen(db, phoneNumber, session), { fullName: null })
    t.match(await findUserByPhone(db, phoneNumber), { fullName: null, neighborhood: null, location: null })
    t.match(await db.select().from(putAwayProfiles).where(eq(putAwayProfiles.userId, id)), [profile])
  }
  const events = (await auditOf(id)).map(({ event }) => event)
  t.strictSame(events.sort(), ['dormant_sign_in', 'profile_put_away'])
})

t.test('a newer put-away profile replaces an older one, but an empty one replaces none', async (t) => {
  const { id, phoneNumber } = await insertUser()
  for (const [fullName, kept] of [
    ['Aziza', 'Aziza'],
    ['Olim', 'Olim'],
    [null, 'Olim']
  ]) {
    await db.update(users).set({ fullName }).where(eq(users.id, id))
    await lastSignIn(id, 91 * DAY)
    await signInCitizen(db, phoneNumber, session)
    t.match(await db.select().from(putAwayProfiles).where(eq(putAwayProfiles.userId, id)), [
      { fullName: kept }
    ])
  }
})

t.test('a password login does not prove who holds the number', async (t) => {
  const { id, phoneNumber } = await insertUser()
  await db.update(users).set({ passwordHash: 'hash' }).where(eq(users.id, id))
  await lastSignIn(id, 181 * DAY)
  const older = await insertSession(id)
  const staff = await signInStaff(db, { userId: id, passwordHash: 'hash' }, session)
  t.strictSame(new Set((await listSessions(db, id)).map((one) => one.id)), new Set([older, staff?.id]))
  t.match(await signInCitizen(db, phoneNumber, session), { wasDormant: true })
  t.equal((await listSessions(db, id)).length, 1)
})

t.test('a session that has ended keeps its end time when a dormant account wakes', async (t) => {
  const { id, phoneNumber } = await insertUser()
  const endedAt = new Date('2030-01-02T03:04:05Z')
  const ended = await insertSession(id, { endedAt })
  await lastSignIn(id, 181 * DAY)
  await signInCitizen(db, phoneNumber, session)
  t.match(await db.select().from(sessions).where(eq(sessions.id, ended)), [{ endedAt }])
})

if (!isEmbedded) {
  t.test('a login waits for a password change under way and then needs the new one', async (t) => {
    const { id: userId } = await insertUser()
    await db.update(users).set({ passwordHash: 'old' }).where(eq(users.id, userId))
    let login: ReturnType<typeof signInStaff> | undefined
    await db.transaction(async (tx) => {
      await tx.update(users).set({ passwordHash: 'new' }).where(eq(users.id, userId))
      login = signInStaff(db, { userId, passwordHash: 'old' }, session)
      const waiting = sql`select pg_stat_clear_snapshot() from pg_stat_activity
        where wait_event_type = 'Lock' and datname = current_database()`
      while ((await tx.execute(waiting)).length === 0) await tx.execute(sql`select pg_stat_clear_snapshot()`)
    })
    t.equal(await login, undefined)
  })
}

t.test('racing sign-ins to a dormant account do not end each other', async (t) => {
  const pool = manyConnections(t)
  const { id, phoneNumber } = await insertUser()
  const older = await insertSession(id)
  await lastSignIn(id, 400 * DAY)
  const opened = await Promise.all(
    Array.from({ length: 10 }, () => signInCitizen(pool, phoneNumber, session))
  )
  const running = (await listSessions(db, id)).map((one) => one.id)
  t.strictSame(new Set(running), new Set(opened.map((one) => one?.id)))
  t.notOk(running.includes(older))
  t.equal((await auditOf(id)).length, 1)
})

t.test('a sign-in that races with account deletion belongs to the old user or to a new one', async (t) => {
  const pool = manyConnections(t)
  for (let round = 0; round < 10; round++) {
    const { id, phoneNumber } = await insertUser()
    const [opened] = await Promise.all([
      signInCitizen(pool, phoneNumber, session),
      pool.delete(users).where(eq(users.id, id))
    ])
    t.equal(opened?.isNew, opened?.userId !== id)
    t.equal(await db.$count(sessions, eq(sessions.userId, id)), 0)
  }
})

t.test('dormant staff keep the name that the operator gave them, and their sign-in returns it', async (t) => {
  const user = await insertUser()
  const [department] = await db.insert(departments).values({ name: randomPhone() }).returning()
  await db.insert(staffProfiles).values({ userId: user.id, departmentId: department?.id ?? '' })
  await db.update(users).set({ fullName: 'Gulnora' }).where(eq(users.id, user.id))
  await lastSignIn(user.id, 400 * DAY)
  t.match(await signInCitizen(db, user.phoneNumber, session), {
    wasDormant: true,
    fullName: 'Gulnora'
  })
  t.match(await findUserByPhone(db, user.phoneNumber), { fullName: 'Gulnora' })
})
