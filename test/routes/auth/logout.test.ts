import t from 'tap'
import { build, signUp } from '../../helper.ts'

const SESSION_ENDED = { statusCode: 401, code: 'SESSION_ENDED' }

t.test('signing out ends the session of the refresh token at once, and no other', async (t) => {
  const built = await build(t, { DEBUG: 'true' })
  const { phone, access, refresh } = await signUp(built)
  const other = (await built.verifyOtp(phone, '1111')).json()
  const reply = await built.logout(refresh)
  t.strictSame([reply.statusCode, reply.body], [204, ''])
  t.match((await built.me(access)).json(), SESSION_ENDED)
  t.match((await built.refresh(refresh)).json(), SESSION_ENDED)
  t.equal((await built.me(other.access)).statusCode, 200)
})

t.test('signing out is 204 also for a token that is spent, ended or none of ours', async (t) => {
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
  t.test(`whoever refreshes while ${how} runs is signed out in the end`, async (t) => {
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
