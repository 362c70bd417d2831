import t from 'tap'
import { databaseUrl, isEmbedded } from '../database.ts'
import { build, randomPhone, signUp } from '../helper.ts'
import { createProxy } from '../proxy.ts'
import { until } from '../until.ts'

const CITIZENS = 30

t.test('a process that was cut off ends no session that its owner has renewed elsewhere', async (t) => {
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
  // The clock of the database must be known before it is away.
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
