import { randomUUID } from 'node:crypto'
import t from 'tap'
import { claimsForm } from '../../src/keys/claims.ts'

t.test('claims are accepted only for their own type of token', async (t) => {
  const id = randomUUID()
  const common = { sub: id, user_id: id, sid: id, jti: 'a', iat: 1, exp: 2 }
  const access = { ...common, token_type: 'access', role: 'staff', auth_time: 1, department_id: id }
  const refresh = { ...common, token_type: 'refresh', generation: 0 }
  t.strictSame(claimsForm.access.Decode(access), access)
  t.strictSame(claimsForm.refresh.Decode(refresh), refresh)
  t.throws(() => claimsForm.access.Decode(refresh))
  t.throws(() => claimsForm.refresh.Decode(access))
})
