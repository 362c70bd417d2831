import t from 'tap'
import { isFailureKind, refusalsOf } from '../../src/sms/refusal.ts'

const refusal = refusalsOf('Eskiz', 'ESKIZ_EMAIL and ESKIZ_PASSWORD')

t.test('a refusal says who refused, what to do, and the status', async (t) => {
  t.match(refusal('auth', 401), {
    kind: 'auth',
    message: 'auth: Eskiz refused the login: check ESKIZ_EMAIL and ESKIZ_PASSWORD (HTTP 401)'
  })
  t.match(refusal('balance', 402), { message: /Eskiz is out of money: top up the account \(HTTP 402\)/ })
})

t.test('a gateway may have its own wording', async (t) => {
  t.equal(
    refusal('auth', 400, 'has locked the account').message,
    'auth: Eskiz has locked the account (HTTP 400)'
  )
})

t.test('only known names are kinds of failure', async (t) => {
  for (const kind of ['invalid_number', 'timeout']) t.ok(isFailureKind(kind))
  for (const word of ['toString', '__proto__', '', 'AUTH', null, 1, ['auth']]) t.notOk(isFailureKind(word))
})
