import { randomInt } from 'node:crypto'
import t from 'tap'
import { randomAddress, SHIPPED, service, times } from '../guarded-service.ts'
import { randomPhone } from '../helper.ts'
import { until } from '../until.ts'

const HOUR = 3_600
const DAY = 86_400

t.test('an honest sign-in leaves every counter at zero, even after a typo', async (t) => {
  const { from, kept } = await service(t)
  const { send, guess, verify } = from()
  const phone = randomPhone()
  await send(phone)
  t.match((await guess(phone)).json(), { code: 'OTP_INVALID' })
  t.ok((await kept('address')) > 0 && (await kept('service')) > 0)
  t.match((await verify(phone)).json(), { is_new_user: true })
  await until(async () => (await kept('address')) + (await kept('service')) === 0)
})

t.test('a wrong guess is cleared neither by another number nor by a sign-in elsewhere', async (t) => {
  const { from, redis, signIn } = await service(t)
  const [guesser, owner] = [from(), from()]
  const victim = randomPhone()
  await owner.send(victim)
  await guesser.guess(victim)
  await signIn(guesser.address)
  t.equal((await owner.verify(victim)).statusCode, 200)
  await until(async () => (await redis.exists(`address:{${owner.address}}:sends`)) === 0)
  t.equal(await redis.zcard(`address:{${guesser.address}}:failures`), 1)
})

t.test('guesses at a code that is missing, used or burned are not counted', async (t) => {
  const { from, kept, signIn } = await service(t, { OTP_MAX_ATTEMPTS: '1' })
  const { phone, address } = await signIn()
  await until(async () => (await kept('address')) + (await kept('service')) === 0)
  for (const number of [phone, randomPhone()]) {
    for (const _ of times(5)) t.match((await from(address).guess(number)).json(), { attempts_left: 0 })
  }
  t.strictSame([await kept('address'), await kept('service')], [0, 0])

  const burned = randomPhone()
  await from(address).send(burned)
  await from(address).guess(burned)
  await from().guess(burned)
  const before = [await kept('address'), await kept('service')]
  t.match((await from().guess(burned)).json(), { code: 'OTP_INVALID', attempts_left: 0 })
  t.strictSame([await kept('address'), await kept('service')], before)
})

t.test('wrong guesses from a source make codes long there, then make callers wait', async (t) => {
  const { from, outbox, pass } = await service(t, { ADDRESS_FAILURES_PER_DAY: '2' })
  const [here, elsewhere] = [from(), from()]
  /** Numbers whose codes are requested elsewhere and guessed at from here. */
  const victims = times(5).map(() => randomPhone())
  for (const victim of victims) await elsewhere.send(victim)
  const [first = '', second = '', third = '', fourth = '', fifth = ''] = victims
  for (const victim of [first, second]) t.match((await here.guess(victim)).json(), { attempts_left: 4 })
  t.match((await here.send(randomPhone())).json(), { code_length: 6 })
  t.match((await elsewhere.send(randomPhone())).json(), { code_length: 4 })
  for (const victim of [third, fourth]) t.match((await here.guess(victim)).json(), { attempts_left: 4 })
  const reply = await here.guess(fifth)
  t.match(reply.json(), { statusCode: 429, code: 'OTP_ATTEMPT_LIMIT' })
  t.ok(reply.json().retry_after > DAY - 60 && reply.json().retry_after <= DAY)

  const own = randomPhone()
  await here.send(own)
  t.match((await here.guess(own)).json(), { code: 'OTP_INVALID' }, 'the asker’s first guess is judged')
  t.match((await here.guess(own)).json(), { code: 'OTP_ATTEMPT_LIMIT' })
  const late = randomPhone()
  await here.send(late)
  t.equal((await here.verify(late, outbox.codeFor(late))).statusCode, 200, 'so the recipient signs in')

  await pass(DAY)
  t.match((await here.send(randomPhone())).json(), { code_length: 4 })
})

t.test('parallel guesses cannot exceed the limit', async (t) => {
  const { from } = await service(t, { ADDRESS_FAILURES_PER_DAY: '3' })
  const victims = times(20).map(() => randomPhone())
  const [here, elsewhere] = [from(), from()]
  await Promise.all(victims.map((victim) => elsewhere.send(victim)))
  const replies = await Promise.all(victims.map((victim) => here.guess(victim)))
  t.equal(replies.filter((reply) => reply.json().code === 'OTP_INVALID').length, 6)
  t.equal(replies.filter((reply) => reply.json().code === 'OTP_ATTEMPT_LIMIT').length, 14)
})

t.test('unused codes of a source are limited, and every two sign-ins allow one more', async (t) => {
  const { from, signIn, pass, redis } = await service(t, { ADDRESS_SENDS_PER_HOUR: '3' })
  const known = await signIn()
  const { address, send } = from()
  for (const _ of times(3)) t.equal((await send(randomPhone())).statusCode, 200)
  const refused = (await send(randomPhone())).json()
  t.match(refused, { statusCode: 429, code: 'OTP_SEND_LIMIT' })
  t.notHas(refused, 'captcha')
  t.ok(refused.retry_after > HOUR - 60 && refused.retry_after <= HOUR)
  t.equal(await redis.zcard(`address:{${address}}:sends`), 3, 'a refusal is not counted')
  t.equal((await from().send(randomPhone())).statusCode, 200, 'other sources do not wait')
  await pass(60)
  const { phone, device_token } = known
  t.equal((await send(phone, { device_token })).statusCode, 200, 'nor do known devices')

  await pass(HOUR - 60)
  await signIn(address)
  await signIn(address)
  for (const _ of times(4)) t.equal((await send(randomPhone())).statusCode, 200)
  t.match((await send(randomPhone())).json(), { retry_after: 60 }, 'a neighbour may finish within a minute')
})

t.test('parallel sends cannot exceed the limit', async (t) => {
  const { from, outbox } = await service(t, { ADDRESS_SENDS_PER_HOUR: '3' })
  const phones = times(20).map(() => randomPhone())
  const { send } = from()
  await Promise.all(phones.map((phone) => send(phone)))
  t.equal(phones.filter((phone) => outbox.codeFor(phone)).length, 3)
})

t.test('an IPv6 /48 has the limits of eight sources, however many of its /64s are used', async (t) => {
  const { from } = await service(t, { ADDRESS_SENDS_PER_HOUR: '3', ADDRESS_FAILURES_PER_DAY: '2' })
  const site = `2001:db8:${randomInt(1, 65_536).toString(16)}`
  const at = (place: number) => from(`${site}:${place.toString(16)}::1`)
  for (const place of times(16)) {
    const victim = randomPhone()
    await from().send(victim)
    if (place === 15) t.match((await at(999).send(randomPhone())).json(), { code_length: 4 })
    await at(place).guess(victim)
  }
  t.match((await at(1_000).send(randomPhone())).json(), { code_length: 6 })
  const replies = await Promise.all(times(60).map((place) => at(place).send(randomPhone())))
  t.equal(replies.filter(({ statusCode }) => statusCode === 200).length, 8 * 3 - 2)
})

t.test('a place is given back even if the reply to taking it was lost', async (t) => {
  const { app, kept, sent } = await service(t)
  for (const kind of ['send', 'guess'] as const) {
    const place = app.guard[kind]({
      ...{ phone: randomPhone(), purpose: 'sign-in', address: '2001:db8:1:2::/64' }
    })
    const lost = place.take()
    await place.refund()
    await lost
    t.strictSame([await kept('address'), await kept('service'), await sent()], [0, 0, 0], kind)
  }
})

/** Four-digit codes that a source gets for new numbers, with one wrong guess at each, by the sign-ins from there. */
for (const [signIns, short] of [5, 7, 9].entries()) {
  t.test(`an attacker's SIM cards buy few short codes: ${signIns} cards`, async (t) => {
    const { from, signIn } = await service(t, { ADDRESS_FAILURES_PER_DAY: '5', ADDRESS_SENDS_PER_HOUR: '20' })
    const { address, send, guess } = from()
    for (const _ of times(signIns)) await signIn(address)
    const lengths: number[] = []
    for (;;) {
      const phone = randomPhone()
      const reply = await send(phone)
      if (reply.statusCode !== 200) break
      lengths.push(reply.json().code_length)
      await guess(phone)
    }
    t.equal(lengths.filter((length) => length === 4).length, short)
    t.equal(lengths.length, 20 + Math.floor(signIns / 2))
  })
}

t.test(
  '400 people at a new source are served, though every 7th gives up and every 10th mistypes',
  async (t) => {
    const { from, outbox } = await service(t, SHIPPED)
    const { send, guess, verify } = from(randomAddress())
    const refused: string[] = []
    const come = async (citizen: number) => {
      const phone = randomPhone()
      const asked = await send(phone)
      if (asked.statusCode !== 200) refused.push(asked.body)
      if (outbox.codeFor(phone).length !== 4) refused.push('a long code')
      if (citizen % 7 === 0) return
      if (citizen % 10 === 0) await guess(phone)
      const reply = await verify(phone)
      if (reply.statusCode !== 200) refused.push(reply.body)
    }
    for (let first = 0; first < 400; first += 10)
      await Promise.all(times(10).map((place) => come(first + place)))
    t.strictSame(refused, [])
  }
)

t.test('a citizen signed in on a known device gets a code elsewhere after the cooldown', async (t) => {
  const { from, signIn, pass } = await service(t)
  const { phone, address, device_token } = await signIn()
  const atHome = from(address)
  await pass(60)
  t.equal((await atHome.send(phone, { device_token })).statusCode, 200)
  await pass(60)
  const elsewhere = from()
  t.match((await elsewhere.send(phone)).json(), { code: 'OTP_COOLDOWN' }, 'not while that code lives')
  t.equal((await atHome.verify(phone, undefined, { device_token })).statusCode, 200)
  t.equal((await elsewhere.send(phone)).statusCode, 200)
})
