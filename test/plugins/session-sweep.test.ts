import { eq, inArray } from 'drizzle-orm'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { auditEvents, formerNumbers, putAwayProfiles, sessions } from '../../src/db/schema.ts'
import dbPlugin from '../../src/plugins/db.ts'
import sessionSweep from '../../src/plugins/session-sweep.ts'
import { databaseUrl, db } from '../database.ts'
import { randomPhone } from '../helper.ts'
import { createProxy } from '../proxy.ts'
import { insertSession, insertUser } from '../rows.ts'
import { until } from '../until.ts'

const DAY = 86_400_000

async function sweeper(t: Test, url = databaseUrl) {
  const log: string[] = []
  const app = Fastify({ logger: { stream: { write: (line: string) => log.push(line) } } })
  app.register(dbPlugin, {
    url,
    prepare: true,
    poolMax: 1,
    timeoutMs: 1_000,
    queueMax: 10,
    queueTimeoutMs: 1_000,
    lockTimeoutMs: 500
  })
  app.register(sessionSweep, { sweepSeconds: 0.05, keepSeconds: 0, sweepBatch: 2 })
  t.teardown(() => app.close())
  await app.ready()
  return { app, log }
}

const count = (userId: string) => db.$count(sessions, eq(sessions.userId, userId))

t.test('expired sessions are deleted automatically, even if two processes sweep', async (t) => {
  const { id } = await insertUser()
  const running = await insertSession(id)
  for (let i = 0; i < 15; i++) await insertSession(id, { endsIn: -1 })
  await sweeper(t)
  await sweeper(t)
  await until(async () => (await count(id)) === 1)
  t.match(await db.select().from(sessions).where(eq(sessions.userId, id)), [{ id: running }])
})

t.test('sweeping warns of an outage and resumes after it', async (t) => {
  const { hostname, port } = new URL(databaseUrl)
  const proxy = await createProxy(t, hostname, Number(port))
  const { id } = await insertUser()
  const { log } = await sweeper(t, proxy.url(databaseUrl))
  await proxy.refuse()
  await until(() => log.some((line) => line.includes('old sessions were not deleted')))
  await proxy.forward()
  await insertSession(id, { endsIn: -1 })
  await until(async () => (await count(id)) === 0)
  t.equal(await count(id), 0)
})

t.test('a closed process no longer sweeps', async (t) => {
  const { app, log } = await sweeper(t)
  await app.close()
  const { id } = await insertUser()
  await insertSession(id, { endsIn: -1 })
  await new Promise((resolve) => setTimeout(resolve, 200))
  t.equal(await count(id), 1)
  t.notOk(log.some((line) => line.includes('not deleted')))
})

t.test('put-away profiles and former numbers are deleted after 30 days', async (t) => {
  const old = new Date(Date.now() - 30 * DAY - 1_000)
  const young = new Date(Date.now() - 30 * DAY + 60_000)
  const people = await Promise.all(
    [old, old, old, old, old, young].map(async (time) => ({ time, ...(await insertUser()) }))
  )
  await db.insert(putAwayProfiles).values(people.map(({ id, time }) => ({ userId: id, putAwayAt: time })))
  await db
    .insert(formerNumbers)
    .values(people.map(({ id, time }) => ({ userId: id, phoneNumber: randomPhone(), takenAt: time })))
  await Promise.all([sweeper(t), sweeper(t)])
  const left = async (table: typeof putAwayProfiles | typeof formerNumbers) => {
    const ids = people.map(({ id }) => id)
    const rows = await db.select({ userId: table.userId }).from(table).where(inArray(table.userId, ids))
    return rows.map(({ userId }) => userId)
  }
  await until(async () => (await left(putAwayProfiles)).length + (await left(formerNumbers)).length === 2)
  const last = people.at(-1)?.id ?? ''
  t.strictSame([await left(putAwayProfiles), await left(formerNumbers)], [[last], [last]])
  for (const { id } of people) {
    const lines = await db.select().from(auditEvents).where(eq(auditEvents.userId, id))
    t.strictSame(
      lines.map(({ event }) => event),
      id === last ? [] : ['profile_deleted']
    )
  }
})
