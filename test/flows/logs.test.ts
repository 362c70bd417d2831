import t from 'tap'
import { build, randomPhone, signUp, wrongCode } from '../helper.ts'
import { createStaff, skipWait } from '../staff.ts'

t.test('no flow logs a number, a code, a password, a token or a body', async (t) => {
  const built = await build(t, { LOG_LEVEL: 'trace', OTP_LENGTH: '8' })
  const { app, log, outbox, sendOtp, verifyOtp, staffLogin, me, patchProfile } = built

  const { phone, access, refresh } = await signUp(built)
  const code = outbox.codeFor(phone)
  await sendOtp(phone)
  await verifyOtp(phone, code)
  await sendOtp('not a number 998901112233')
  const other = randomPhone()
  await sendOtp(other)
  const wrong = wrongCode(outbox.codeFor(other))
  for (let i = 0; i < 6; i++) await verifyOtp(other, wrong)
  await patchProfile(access, { full_name: 'Sirli Ism', location: '41.2,69.2' })
  await patchProfile(access, { full_name: 'a\u0000' })
  await me(access)
  await me(refresh)
  await me('garbage.token.value')
  const staff = await createStaff()
  const { access: staffAccess } = (await staffLogin(staff.phone, staff.password)).json()
  await staffLogin(staff.phone, 'a wrong password')
  await skipWait(staff.phone)
  await me(staffAccess)
  const renewed = (await built.refresh(refresh)).json()
  await built.listSessions(access)
  const moved = randomPhone()
  await built.sendPhoneCode(access, moved)
  const moveCode = outbox.codeFor(moved)
  await built.changePhone(access, moved, wrongCode(moveCode))
  await built.changePhone(access, moved, moveCode)
  await built.changePhone(access, 'not a number 998901112244', moveCode)
  const later = (await built.refresh(renewed.refresh)).json()
  await built.refresh(refresh)
  await built.logout(later.refresh)
  const leaving = await signUp(built)
  await built.deleteMe(leaving.access)
  await app.inject(`/dev/inbox?phone_number=${encodeURIComponent(phone)}`)
  await app.inject({ method: 'POST', url: '/api/auth/send-otp', payload: `{"phone_number":"${phone}"` })

  // An error that quotes the number, as drivers' errors do.
  app.tokens.access.sign = () => {
    throw new Error(`duplicate key: (phone_number)=(${phone})`)
  }
  await staffLogin(staff.phone, staff.password)

  const written = log.join('')
  t.ok(log.length > 20)
  t.match(written, `${phone.slice(0, 6)}*****${phone.slice(-2)}`, 'numbers are masked, not missing')
  const secrets = {
    ...{ phone, other, staff: staff.phone, typed: '998901112233' },
    ...{ moved, moveCode, typedToo: '998901112244', leaving: leaving.phone },
    ...{ renewed: renewed.refresh, later: later.access, laterRefresh: later.refresh },
    ...{ code, wrong, text: outbox.textsTo(phone)[0], password: staff.password, guess: 'a wrong password' },
    ...{ access, refresh, staffAccess, signature: access.split('.')[2], garbage: 'garbage.token' },
    ...{ name: 'Sirli Ism', location: '41.2,69.2' }
  }
  for (const [name, secret] of Object.entries(secrets)) {
    t.notOk(written.includes(String(secret).replace(/^\+/, '')), `no ${name}`)
  }
})
