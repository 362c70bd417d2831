import { randomUUID } from 'node:crypto'
import t from 'tap'
import { build, claimsOf, redis, signUp } from '../../helper.ts'
import { insertSession } from '../../rows.ts'
import { createStaff } from '../../staff.ts'
import { until } from '../../until.ts'

const SESSION_ENDED = { statusCode: 401, code: 'SESSION_ENDED' }

t.test('a user sees where they are signed in, and which session is this one', async (t) => {
  const built = await build(t, { DEBUG: 'true' })
  const { phone, refresh } = await signUp(built)
  const headers = { 'user-agent': `Firefox ${'x'.repeat(1_000)}` }
  const payload = { phone_number: phone, code: '1111' }
  const address = { remoteAddress: '2001:db8:1:2:3:4:5:6' }
  await built.app.inject({ method: 'POST', url: '/api/auth/verify-otp', payload, headers, ...address })
  const renewed = (await built.refresh(refresh)).json()

  const reply = await built.listSessions(renewed.access)
  t.equal(reply.statusCode, 200)
  const [mine, firefox, ...more] = reply.json()
  t.strictSame(more, [])
  const { sid, auth_time, iat } = claimsOf(renewed.access)
  t.match(mine, { id: sid, user_agent: /lightMyRequest/, ip: /^10\./, current: true })
  t.equal(Math.floor(Date.parse(mine.created_at) / 1000), auth_time)
  t.equal(Math.floor(Date.parse(mine.last_used_at) / 1000), iat)
  t.equal(Math.floor(Date.parse(mine.expires_at) / 1000), claimsOf(renewed.refresh).exp)
  t.match(firefox, { user_agent: /^Firefox x+$/, ip: /^2001:db8:1:2:/, current: false })
  t.equal(firefox.user_agent.length, 200, 'the user agent is stored shortened')
  t.notMatch(reply.body, /digest|refresh/i)
  t.equal(
    (await built.listSessions((await signUp(built)).access)).json().length,
    1,
    'nobody sees the sessions of others'
  )
})

t.test('ending one session ends no other, and may be repeated', async (t) => {
  const built = await build(t, { DEBUG: 'true' })
  const { phone, access } = await signUp(built)
  const lost = (await built.verifyOtp(phone, '1111')).json()
  for (let times = 0; times < 2; times++) {
    t.equal((await built.endSession(access, claimsOf(lost.access).sid)).statusCode, 204)
  }
  t.match((await built.me(lost.access)).json(), SESSION_ENDED)
  t.match((await built.refresh(lost.refresh)).json(), SESSION_ENDED)
  t.equal((await built.listSessions(access)).json().length, 1)
})

t.test('a session that is foreign or unknown is NOT_FOUND, and a malformed id is a 400', async (t) => {
  const built = await build(t)
  const [mine, other] = [await signUp(built), await signUp(built)]
  for (const id of [claimsOf(other.access).sid, randomUUID()]) {
    t.match((await built.endSession(mine.access, id)).json(), { statusCode: 404, code: 'NOT_FOUND' })
  }
  for (const id of ['mine', `urn:uuid:${randomUUID()}`]) {
    t.match((await built.endSession(mine.access, id)).json(), { statusCode: 400, code: 'VALIDATION_FAILED' })
  }
  t.equal((await built.me(other.access)).statusCode, 200)
})

t.test('ending all sessions ends this one too', async (t) => {
  const built = await build(t, { DEBUG: 'true' })
  const { phone, access } = await signUp(built)
  const other = (await built.verifyOtp(phone, '1111')).json()
  t.equal((await built.endSessions(access)).statusCode, 204)
  for (const token of [access, other.access]) t.match((await built.me(token)).json(), SESSION_ENDED)
  await until(async () => !(await redis.exists(`otp:{${phone}}:known`)))
  t.equal(await redis.exists(`otp:{${phone}}:known`), 0, 'no device is known any more')
})

t.test('staff see and end their sessions too', async (t) => {
  const built = await build(t)
  const { phone, password } = await createStaff()
  const { access } = (await built.staffLogin(phone, password)).json()
  t.match((await built.listSessions(access)).json(), [{ id: claimsOf(access).sid, current: true }])
  t.equal((await built.endSession(access, claimsOf(access).sid)).statusCode, 204)
  t.match((await built.listSessions(access)).json(), SESSION_ENDED)
})

t.test('nobody lists or ends sessions without a token', async (t) => {
  const { app } = await build(t)
  for (const [method, url] of [
    ['GET', '/api/auth/sessions'],
    ['DELETE', '/api/auth/sessions/'],
    ['DELETE', `/api/auth/sessions/${randomUUID()}/`]
  ] as const) {
    t.match((await app.inject({ method, url })).json(), { statusCode: 401, code: 'TOKEN_MISSING' })
  }
})

t.test('an empty DELETE may carry a JSON content type, but a broken body is refused', async (t) => {
  const built = await build(t)
  const { access } = await signUp(built)
  const headers = { authorization: `Bearer ${access}`, 'content-type': 'application/json' }
  const remove = (payload: string) =>
    built.app.inject({ method: 'DELETE', url: '/api/auth/sessions/', headers, payload })
  t.match((await remove('{')).json(), { statusCode: 400, code: 'JSON_INVALID' })
  t.equal((await remove('')).statusCode, 204)
  const post = { method: 'POST', url: '/api/auth/refresh/', headers, payload: '' } as const
  t.match((await built.app.inject(post)).json(), { statusCode: 400, code: 'JSON_INVALID' })
})

t.test('at most a hundred sessions are shown', async (t) => {
  const built = await build(t)
  const { access } = await signUp(built)
  const { sub } = claimsOf(access)
  for (let i = 0; i < 120; i++) await insertSession(sub)
  const shown = (await built.listSessions(access)).json<{ current: boolean }[]>()
  t.equal(shown.length, 100)
})
