import t from 'tap'
import { build, signUp } from '../../helper.ts'
import { createStaff } from '../../staff.ts'

const SESSION_ENDED = { statusCode: 401, code: 'SESSION_ENDED' }

t.test('logout ends the session of the refresh token at once, and no other', async (t) => {
  const built = await build(t, { DEBUG: 'true' })
  const { phone, access, refresh } = await signUp(built)
  const other = (await built.verifyOtp(phone, '1111')).json()
  const reply = await built.logout(refresh)
  t.strictSame([reply.statusCode, reply.body], [204, ''])
  t.match((await built.me(access)).json(), SESSION_ENDED)
  t.match((await built.refresh(refresh)).json(), SESSION_ENDED)
  t.equal((await built.me(other.access)).statusCode, 200)
})

t.test('logout is a 204 even for a spent, ended or foreign token', async (t) => {
  const built = await build(t)
  const { refresh } = await signUp(built)
  const successor = (await built.refresh(refresh)).json()
  for (const token of [refresh, refresh, successor.refresh, 'garbage', '']) {
    t.equal((await built.logout(token)).statusCode, 204)
  }
  t.match((await built.me(successor.access)).json(), SESSION_ENDED, 'a spent token signs out too')
  t.match((await built.app.inject({ method: 'POST', url: '/api/auth/logout', payload: {} })).json(), {
    statusCode: 400,
    code: 'VALIDATION_FAILED'
  })
})

for (const how of ['logout', 'endSessions'] as const) {
  t.test(`a session that is refreshed while ${how} runs still ends`, async (t) => {
    const built = await build(t)
    for (let round = 0; round < 10; round++) {
      const { access, refresh } = await signUp(built)
      const end = () => (how === 'logout' ? built.logout(refresh) : built.endSessions(access))
      const [before, ended, after] = await Promise.all([
        built.refresh(refresh),
        end(),
        built.refresh(refresh)
      ])
      t.equal(ended.statusCode, 204)
      for (const reply of [before, after].filter(({ statusCode }) => statusCode === 200)) {
        t.match((await built.me(reply.json().access)).json(), SESSION_ENDED)
        t.match((await built.refresh(reply.json().refresh)).json(), SESSION_ENDED)
      }
    }
  })
}

const bare = (
  built: Awaited<ReturnType<typeof build>>,
  authorization?: string,
  headers = {},
  payload?: object
) =>
  built.app.inject({
    ...{ method: 'POST', url: '/api/auth/logout/' },
    headers: { ...headers, ...(authorization !== undefined && { authorization }) },
    ...(payload && { payload })
  })

t.test('staff, who have no refresh token, log out with only the access token', async (t) => {
  const built = await build(t)
  const { phone, password } = await createStaff()
  const signIn = async () => (await built.staffLogin(phone, password)).json().access
  for (const headers of [{}, { 'content-type': 'application/json' }]) {
    const [access, other] = [await signIn(), await signIn()]
    const reply = await bare(built, `Bearer ${access}`, headers)
    t.strictSame([reply.statusCode, reply.body], [204, ''])
    t.match((await built.me(access)).json(), SESSION_ENDED)
    t.equal((await built.me(other)).statusCode, 200)
    t.equal((await bare(built, `bearer ${access}`)).statusCode, 204, 'again')
  }
  const access = await signIn()
  t.equal((await bare(built, `Bearer ${access}`, {}, {})).statusCode, 204)
  t.match((await built.me(access)).json(), SESSION_ENDED)
})

t.test('an invalid access token ends nothing and gets a 204; no token at all is a 400', async (t) => {
  const built = await build(t)
  const { access, refresh } = await signUp(built)
  for (const token of ['garbage', refresh, `${access}x`])
    t.equal((await bare(built, `Bearer ${token}`)).statusCode, 204)
  t.equal((await built.me(access)).statusCode, 200)
  t.match((await bare(built)).json(), {
    statusCode: 400,
    code: 'VALIDATION_FAILED',
    message: /refresh token/
  })
  t.match((await bare(built, 'Basic abc')).json(), { statusCode: 401, code: 'TOKEN_MISSING' })
})

t.test('with both tokens, logout follows the refresh token', async (t) => {
  const built = await build(t, { DEBUG: 'true' })
  const { phone, access, refresh } = await signUp(built)
  const other = (await built.verifyOtp(phone, '1111')).json()
  t.equal((await bare(built, `Bearer ${other.access}`, {}, { refresh })).statusCode, 204)
  t.match((await built.me(access)).json(), SESSION_ENDED)
  t.equal((await built.me(other.access)).statusCode, 200)
})
