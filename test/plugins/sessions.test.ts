import t from 'tap'
import { build, claimsOf, signUp } from '../helper.ts'
import { createStaff } from '../staff.ts'

t.test("a citizen's tokens carry the claims of the contract", async (t) => {
  const built = await build(t)
  const { access, refresh } = await signUp(built)
  const claims = claimsOf(access)
  t.match(claims, {
    token_type: 'access',
    role: 'citizen',
    iss: 'citizen-auth',
    aud: 'citizen-api',
    sub: /^[0-9a-f-]{36}$/,
    sid: /^[0-9a-f-]{36}$/,
    jti: /^[\w-]{43}$/
  })
  t.equal(claims.user_id, claims.sub)
  t.equal(claims.exp - claims.iat, 900)
  t.equal(claims.auth_time, claims.iat)
  t.ok(
    Number.isInteger(claims.iat) && claims.iat <= Date.now() / 1000,
    'PyJWT refuses an iat that lies ahead'
  )

  const renewal = claimsOf(refresh)
  t.match(renewal, {
    token_type: 'refresh',
    generation: 0,
    sub: claims.sub,
    user_id: claims.sub,
    sid: claims.sid
  })
  t.equal(renewal.exp - renewal.iat, 14 * 86_400)
  t.not(renewal.jti, claims.jti)
})

t.test('a staff token lasts a working day and names the department', async (t) => {
  const { staffLogin } = await build(t)
  const { phone, password, department } = await createStaff()
  const claims = claimsOf((await staffLogin(phone, password)).json().access)
  t.match(claims, { token_type: 'access', role: 'staff', department_id: department.id })
  t.equal(claims.exp - claims.iat, 8 * 3_600)
})

t.test('a token tells nothing about the person', async (t) => {
  const built = await build(t)
  const { access, refresh, phone } = await signUp(built)
  for (const token of [access, refresh])
    t.notMatch(JSON.stringify(claimsOf(token)), new RegExp(phone.slice(4)))
})
