import t from 'tap'
import { randomAddress, service, times } from '../guarded-service.ts'
import { randomPhone } from '../helper.ts'
import { until } from '../until.ts'

const HOUR = 3_600
const DAY = 86_400
const RESEND_SECONDS = 60

t.test('strangers wait once a third of the daily SMS budget is sent but unused', async (t) => {
  const { from, events, kept, pass, sent } = await service(t, { SMS_PER_HOUR: '9', SMS_PER_DAY: '9' })
  for (const _ of times(3)) t.equal((await from().send(randomPhone())).statusCode, 200)
  const refusals = await Promise.all(times(3).map(() => from().send(randomPhone())))
  for (const reply of refusals) {
    t.match(reply.json(), { statusCode: 429, code: 'OTP_SEND_LIMIT' })
    t.notHas(reply.json(), 'captcha')
    t.ok(reply.json().retry_after > DAY - 60 && reply.json().retry_after <= DAY)
  }
  t.strictSame(
    [await sent(), await kept('service'), await kept('address')],
    [3, 3, 6],
    'nothing else is kept'
  )
  const pages = events('sms_budget_low')
  t.match(pages, [{ level: 50, prefix: /^\+998\d\d$/ }])
  t.equal(pages.length, 1, 'once a minute')
  await pass(DAY)
  t.equal((await from().send(randomPhone())).statusCode, 200)
})

t.test('strangers wait once a third of the hourly SMS budget is sent but unused', async (t) => {
  const { from, pass } = await service(t, { SMS_PER_HOUR: '9' })
  for (const _ of times(3)) t.equal((await from().send(randomPhone())).statusCode, 200)
  const { code, retry_after } = (await from().send(randomPhone())).json()
  t.equal(code, 'OTP_SEND_LIMIT')
  t.ok(retry_after > HOUR - 60 && retry_after <= HOUR)
  await pass(HOUR)
  t.equal((await from().send(randomPhone())).statusCode, 200)
})

t.test('parallel requests of strangers get at most a third of the SMS', async (t) => {
  const { from, outbox, sent, kept } = await service(t, { SMS_PER_HOUR: '60', SMS_PER_DAY: '60' })
  const phones = times(50).map(() => randomPhone())
  await Promise.all(phones.map((phone) => from().send(phone)))
  t.equal(phones.filter((phone) => outbox.codeFor(phone)).length, 20)
  t.strictSame([await sent(), await kept('service')], [20, 20])
})

t.test('known and familiar callers are served from the remaining SMS', async (t) => {
  const { from, signIn, pass } = await service(t, { SMS_PER_HOUR: '9', SMS_PER_DAY: '9' })
  const { phone, address } = await signIn()
  const another = await signIn()
  await pass(RESEND_SECONDS)
  for (const _ of times(3)) await from().send(randomPhone())
  t.match((await from().send(randomPhone())).json(), { code: 'OTP_SEND_LIMIT' })
  t.match((await from().send(phone)).json(), { code: 'OTP_SEND_LIMIT' }, 'a number alone gives no standing')
  t.equal((await from(address).send(phone)).statusCode, 200)
  t.equal((await from(address).send(randomPhone())).statusCode, 200)
  const { device_token } = another
  t.equal((await from().send(another.phone, { device_token })).statusCode, 200)
})

t.test('used codes do not count as unfinished, so strangers who sign in block nobody', async (t) => {
  const { from, kept } = await service(t, { SMS_PER_HOUR: '90', SMS_PER_DAY: '90' })
  for (const _ of times(40)) {
    const phone = randomPhone()
    const { send, verify } = from()
    t.equal((await send(phone)).statusCode, 200)
    await verify(phone)
    await until(async () => (await kept('service')) === 0)
  }
})

t.test('a spent daily budget stops SMS even to known devices, and pages somebody', async (t) => {
  const { from, signIn, pass, sent, kept, events } = await service(t, { SMS_PER_HOUR: '3', SMS_PER_DAY: '3' })
  const { phone, address, device_token } = await signIn()
  await pass(RESEND_SECONDS)
  for (const _ of times(2)) t.equal((await from(address).send(randomPhone())).statusCode, 200)
  const before = await kept('address')
  const replies = [
    await from().send(randomPhone()),
    await from(address).send(phone),
    await from().send(phone, { device_token })
  ]
  for (const reply of replies) {
    t.match(reply.json(), { statusCode: 503, code: 'SMS_UNAVAILABLE' })
    t.equal(reply.headers['retry-after'], String(reply.json().retry_after))
    // The decaying counter must fall from three to two.
    const expected = DAY * Math.log(3 / 2)
    t.ok(Math.abs(reply.json().retry_after - expected) < 120, `${reply.json().retry_after} s`)
  }
  t.strictSame([await sent(), await kept('address')], [3, before], 'refusals are not counted')
  const pages = events('sms_budget_spent')
  t.match(pages, [{ level: 50, prefix: /^\+998\d\d$/ }])
  t.equal(pages.length, 1, 'once a minute')
  await pass(replies[0]?.json().retry_after)
  t.equal((await from(address).send(phone)).statusCode, 200, 'the wait suffices')
})

t.test('a spent hourly SMS budget recovers as its counter decays', async (t) => {
  const { from, signIn, pass } = await service(t, { SMS_PER_HOUR: '3' })
  const address = randomAddress()
  await signIn(address)
  for (const _ of times(2)) t.equal((await from(address).send(randomPhone())).statusCode, 200)
  const { code, retry_after } = (await from(address).send(randomPhone())).json()
  t.equal(code, 'SMS_UNAVAILABLE')
  await pass(retry_after)
  t.equal((await from(address).send(randomPhone())).statusCode, 200)
  t.match((await from(address).send(randomPhone())).json(), { code: 'SMS_UNAVAILABLE' })
})

t.test('parallel sends never exceed the SMS budget of the service', async (t) => {
  const { from, signIn, outbox, sent } = await service(t, { SMS_PER_HOUR: '10', SMS_PER_DAY: '10' })
  const { address } = await signIn()
  const phones = times(30).map(() => randomPhone())
  await Promise.all(phones.map((phone) => from(address).send(phone)))
  t.equal(phones.filter((phone) => outbox.codeFor(phone)).length, 9)
  t.equal(await sent(), 10)
})
