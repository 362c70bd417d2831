import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { createDashboard } from '../../examples/dashboard/dashboard.ts'
import type { Environment } from '../../src/config/settings.ts'
import { users } from '../../src/db/schema.ts'
import { hashPassword } from '../../src/passwords/hash.ts'
import { db } from '../database.ts'
import { randomPhone } from '../helper.ts'
import { createStaff, staffPassword } from '../staff.ts'
import { until } from '../until.ts'
import { serve } from './live.ts'

async function open(t: Test, changes: Environment = {}) {
  const service = await serve(t, changes)
  const tokens = new Map<string, string>()
  const keeper = {
    getItem: (name: string) => tokens.get(name) ?? null,
    setItem: (name: string, value: string) => void tokens.set(name, value),
    removeItem: (name: string) => void tokens.delete(name)
  }
  const ends = { count: 0 }
  const onSignedOut = () => {
    ends.count++
  }
  const dashboard = createDashboard({ baseUrl: service.baseUrl, keeper, language: 'en', onSignedOut })
  return { service, dashboard, tokens, ends, me: () => dashboard.api.GET('/api/users/me/') }
}

t.test('staff sign in, make calls and sign out', async (t) => {
  const { service, dashboard, tokens, ends, me } = await open(t)
  const { phone, department } = await createStaff()
  t.strictSame(await dashboard.signIn(phone, staffPassword), {
    outcome: 'signed-in',
    departmentId: department.id
  })
  t.match(await me(), { data: { role: 'staff', department_id: department.id } })
  const [access = ''] = tokens.values()
  await dashboard.signOut()
  t.strictSame([tokens.size, ends.count], [0, 1])
  t.match((await service.me(access)).json(), { code: 'SESSION_ENDED' })
})

t.test('a citizen with a password is told that only staff can sign in', async (t) => {
  const { dashboard, tokens } = await open(t)
  const phone = randomPhone()
  await db.insert(users).values({ phoneNumber: phone, passwordHash: await hashPassword(staffPassword) })
  t.match(await dashboard.signIn(phone, staffPassword), { outcome: 'for-citizens', message: /^Only staff/ })
  t.equal(tokens.size, 0)
})

t.test('a wrong password is refused, and the next attempt must wait', async (t) => {
  const { dashboard } = await open(t, { LOGIN_WAIT_SECONDS: '60' })
  const { phone } = await createStaff()
  t.match(await dashboard.signIn(phone, 'wrong'), { outcome: 'refused', message: /password is wrong/ })
  t.match(await dashboard.signIn(phone, staffPassword), { outcome: 'wait', seconds: 60 })
})

t.test('an expired access token signs staff out, once', async (t) => {
  const { service, dashboard, tokens, ends, me } = await open(t, { STAFF_ACCESS_TTL_SECONDS: '1' })
  const { phone } = await createStaff()
  await dashboard.signIn(phone, staffPassword)
  const [access = ''] = tokens.values()
  await until(async () => (await service.me(access)).json().code === 'TOKEN_EXPIRED')
  for (const { error } of await Promise.all([me(), me(), me()])) t.equal(error?.code, 'TOKEN_EXPIRED')
  t.strictSame([tokens.size, ends.count], [0, 1])
})

t.test('signing out discards the token even without a network', async (t) => {
  const { service, dashboard, tokens, ends } = await open(t)
  const { phone } = await createStaff()
  await dashboard.signIn(phone, staffPassword)
  await service.proxy.refuse()
  await t.rejects(dashboard.signOut(), TypeError)
  t.strictSame([tokens.size, ends.count], [0, 1])
})

t.test('a sign-in that an intermediary answers is reported as a wait, not as wrong', async (t) => {
  const between = createServer((_request, reply) => {
    reply.writeHead(502).end()
  }).listen(0, '127.0.0.1')
  await once(between, 'listening')
  t.teardown(() => between.close())
  const baseUrl = `http://127.0.0.1:${(between.address() as AddressInfo).port}`
  const keeper = { getItem: () => null, setItem: () => t.fail(), removeItem: () => t.fail() }
  const { signIn } = createDashboard({ baseUrl, keeper, onSignedOut: () => t.fail() })
  t.match(await signIn(randomPhone(), 'some password'), { outcome: 'wait', message: '' })
})
