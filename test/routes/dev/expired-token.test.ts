import t from 'tap'
import { createMockGateway } from '../../../src/sms/mock-gateway.ts'
import { build, claimsOf, randomPhone } from '../../helper.ts'

t.test('the holder of a token can get an expired copy of it, which grants no access', async (t) => {
  const { app, verifyOtp, me } = await build(t, { DEBUG: 'true' }, { smsGateways: [createMockGateway()] })
  const { access } = (await verifyOtp(randomPhone(), '1111')).json<{ access: string }>()
  const reply = await app.inject({
    method: 'POST',
    url: '/dev/expired-token',
    headers: { authorization: `Bearer ${access}` }
  })
  const expired = reply.json<{ access: string }>().access
  const { iat, exp, jti } = claimsOf(expired)
  t.equal(jti, claimsOf(access).jti)
  t.ok(iat < exp && exp < claimsOf(access).iat)
  t.match((await me(expired)).json(), { statusCode: 401, code: 'TOKEN_EXPIRED' })
  t.equal((await me(access)).statusCode, 200, 'the token itself still works')
})

t.test('a foreign or missing token gets no expired copy', async (t) => {
  const { app } = await build(t, { DEBUG: 'true' }, { smsGateways: [createMockGateway()] })
  const ask = (headers = {}) => app.inject({ method: 'POST', url: '/dev/expired-token', headers })
  t.match((await ask()).json(), { code: 'TOKEN_MISSING' })
  t.match((await ask({ authorization: 'Bearer e30.e30.e30' })).json(), { code: 'TOKEN_INVALID' })
})
