import { randomInt } from 'node:crypto'
import t, { type Test } from 'tap'
import type { Held } from '../../src/plugins/otp.ts'
import { build, randomPhone, redis, signUp, wrongCode } from '../helper.ts'
import { requestFrom } from '../request-from.ts'
import { until } from '../until.ts'

const defaults = {
  ADDRESS_FAILURES_PER_DAY: '5',
  ADDRESS_SENDS_PER_HOUR: '20'
}
const randomAddress = () => `10.${randomInt(256)}.${randomInt(256)}.${randomInt(256)}`
const times = (count: number) => Array.from({ length: count })

async function guarded(t: Test, changes = {}) {
  const { app } = await build(t, { ...defaults, ...changes })
  const address = randomAddress()
  const { takeSend, takeGuess } = app.addressGuard
  const ended = ({ address }: Held) => (address === 0 ? 'taken' : `wait ${address}`)
  return {
    address,
    guard: app.addressGuard,
    send: async (phone = randomPhone(), from = address) => ended(await takeSend(requestFrom(from), phone)),
    guess: async (phone = randomPhone(), from = address) => {
      const request = requestFrom(from)
      const { held } = await takeGuess(request, phone)
      // One that is held is not judged here.
      if (held.address) await request.giveBack()
      return ended(held)
    },
    /** A citizen signs in from here. */
    signIn: async (phone = randomPhone()) => (await takeGuess(requestFrom(address), phone)).succeed(),
    /** Lets so many seconds pass for a window of the address. */
    pass: async (window: string, seconds: number) => {
      const key = `address:{${address}}:${window}`
      const entries = await redis.zrange(key, '0', '-1', 'WITHSCORES')
      for (let i = 0; i < entries.length; i += 2) {
        await redis.zadd(key, Number(entries[i + 1]) - seconds * 1_000, entries[i] ?? '')
      }
    }
  }
}

t.test('an address where nobody has signed in fails five times a day', async (t) => {
  const { guess, pass } = await guarded(t)
  const phone = randomPhone()
  for (const _ of times(5)) t.equal(await guess(phone), 'taken')
  t.equal(await guess(phone), 'wait 86400')
  await pass('failures', 86_400)
  t.equal(await guess(phone), 'taken')
})

t.test('parallel guesses cannot share a place', async (t) => {
  const { guess } = await guarded(t)
  const phone = randomPhone()
  const ended = await Promise.all(times(100).map(() => guess(phone)))
  t.equal(ended.filter((verdict) => verdict === 'taken').length, 5)
})

t.test('each number that signed in is worth two more failures, however often it does', async (t) => {
  const { guess, signIn } = await guarded(t)
  const [one, other] = [randomPhone(), randomPhone()]
  for (const phone of [one, one, one, other]) await signIn(phone)
  const ended = await Promise.all(times(20).map(() => guess(one)))
  t.equal(ended.filter((verdict) => verdict === 'taken').length, 5 + 2 * 2)
})

t.test('a number that signed in yesterday is worth nothing more', async (t) => {
  const { guess, signIn, pass } = await guarded(t)
  const phone = randomPhone()
  await signIn(phone)
  await pass('signed-in', 86_401)
  const ended = await Promise.all(times(20).map(() => guess(phone)))
  t.equal(ended.filter((verdict) => verdict === 'taken').length, 5)
})

t.test(
  'an address has twenty codes on their way that nobody used, and one more for two sign-ins',
  async (t) => {
    const { send, signIn, pass } = await guarded(t)
    for (const _ of times(20)) t.equal(await send(), 'taken')
    t.match(await send(), /^wait 3[56]\d\d$/)
    await signIn()
    t.match(await send(), 'wait 60', 'where somebody signed in, others may finish at any moment')
    await signIn()
    t.equal(await send(), 'taken')
    await pass('sends', 3_600)
    t.equal(await send(), 'taken')
  }
)

t.test('a sign-in forgives what its number left unfinished here, and nobody else’s', async (t) => {
  const { send, guess, signIn } = await guarded(t)
  const [own, other] = [randomPhone(), randomPhone()]
  for (const _ of times(10)) await Promise.all([send(own), send(other)])
  for (const _ of times(2)) await Promise.all([guess(own), guess(other)])
  t.match(await send(other), /^wait/)
  await signIn(own)
  for (const _ of times(10)) t.equal(await send(other), 'taken')
  t.match(await send(other), 'wait 60', 'the ten of before are still there')
  for (const _ of times(5)) t.equal(await guess(other), 'taken', 'two are left of seven')
  t.match(await guess(other), /^wait/)
})

t.test('a sign-in elsewhere forgives nothing here', async (t) => {
  const { send, guard } = await guarded(t)
  const phone = randomPhone()
  for (const _ of times(20)) await send(phone)
  await (await guard.takeGuess(requestFrom(randomAddress()), phone)).succeed()
  t.match(await send(phone), /^wait 3/)
})

t.test('a /48 of IPv6 has the places of eight addresses, from however many of it one comes', async (t) => {
  const { send } = await guarded(t)
  const site = `2001:db8:${randomInt(1, 65_536).toString(16)}`
  const ended = await Promise.all(
    times(300).map((_, i) => send(randomPhone(), `${site}:${i.toString(16)}::1`))
  )
  t.equal(ended.filter((verdict) => verdict === 'taken').length, 8 * 20)
  t.match(await send(randomPhone(), `${site}:ffff::1`), /^wait 3/)
})

t.test(
  'four hundred at a new address, where every seventh gives up and every tenth mistypes, are served',
  async (t) => {
    const built = await build(t, defaults)
    const refused: string[] = []
    const come = async (citizen: number) => {
      const phone = randomPhone()
      const asked = await built.sendOtp(phone)
      if (asked.statusCode !== 200) refused.push(asked.body)
      const code = built.outbox.codeFor(phone)
      t.equal(code.length, 4)
      if (citizen % 7 === 0) return
      if (citizen % 10 === 0) await built.verifyOtp(phone, wrongCode(code))
      const reply = await built.verifyOtp(phone, code)
      if (reply.statusCode !== 200) refused.push(reply.body)
    }
    for (let first = 0; first < 400; first += 10)
      await Promise.all(times(10).map((_, place) => come(first + place)))
    t.strictSame(refused, [])
  }
)

t.test('what is given back was never taken, and addresses do not share', async (t) => {
  const { guard, address, send, guess } = await guarded(t)
  const phone = randomPhone()
  for (const take of [guard.takeSend, guard.takeGuess]) {
    for (const _ of times(30)) {
      const request = requestFrom(address)
      await take(request, phone)
      await request.giveBack()
    }
  }
  t.equal(await send(phone), 'taken')
  for (const _ of times(5)) await guess(phone)
  t.match(await guess(phone), /^wait/)
  t.equal(await guess(phone, randomAddress()), 'taken')
})

t.test('a thousand citizens behind one address, every tenth mistyping, are all served', async (t) => {
  const built = await build(t, defaults)
  const refused: string[] = []
  for (let citizen = 0; citizen < 1_000; citizen++) {
    const phone = randomPhone()
    const replies = [await built.sendOtp(phone)]
    const code = built.outbox.codeFor(phone)
    if (citizen % 10 === 9) {
      const typo = await built.verifyOtp(phone, wrongCode(code))
      if (typo.statusCode !== 401) refused.push(typo.body)
    }
    replies.push(await built.verifyOtp(phone, code))
    refused.push(...replies.filter(({ statusCode }) => statusCode !== 200).map(({ body }) => body))
  }
  t.strictSame(refused, [])
})

t.test('guesses where no code waits, or where it has expired, cost the address no failure', async (t) => {
  const built = await build(t, { ...defaults, OTP_TTL_SECONDS: '1' })
  const phone = randomPhone()
  await built.sendOtp(phone)
  const code = built.outbox.codeFor(phone)
  await until(async () => !(await redis.exists(`otp:{${phone}}:code:sign-in`)))
  for (const _ of times(12)) {
    t.match((await built.verifyOtp(phone, code)).json(), { code: 'OTP_INVALID', attempts_left: 0 })
  }
  t.equal(await redis.exists(`address:{${built.address}}:failures`), 0)
})

t.test('a wrong code costs the address something, until its number signs in', async (t) => {
  const built = await build(t, { ...defaults, ADDRESS_FAILURES_PER_DAY: '2' })
  for (const _ of times(6)) t.ok((await signUp(built)).access)
  const phone = randomPhone()
  await built.sendOtp(phone)
  const wrong = wrongCode(built.outbox.codeFor(phone))
  const count = () => redis.zcard(`address:{${built.address}}:failures`)
  await until(async () => (await count()) === 0)
  t.match((await built.verifyOtp(phone, wrong)).json(), { code: 'OTP_INVALID', attempts_left: 4 })
  t.equal(await count(), 1)
  await built.verifyOtp(phone, built.outbox.codeFor(phone))
  await until(async () => (await count()) === 0)
})

t.test('a send whose count is answered too late is given back: its name was known before', async (t) => {
  const { guard, address } = await guarded(t)
  const request = requestFrom(address)
  const given = new Promise<void>((resolve) => {
    const { undoOnFailure } = request
    request.undoOnFailure = async (step) => {
      t.equal(await redis.zcard(`address:{${address}}:sends`), 0, 'nothing is counted yet')
      resolve()
      return undoOnFailure(step)
    }
  })
  await Promise.all([given, guard.takeSend(request, randomPhone())])
  await request.giveBack()
  t.equal(await redis.zcard(`address:{${address}}:sends`), 0)
})

/** Codes of four digits that an address gets for new numbers, one wrong guess at each, until it may send no more. */
async function collected(built: Awaited<ReturnType<typeof build>>, from: string): Promise<number> {
  const call = (path: string, payload: object) =>
    built.app.inject({ method: 'POST', url: `/api/auth/${path}/`, payload, remoteAddress: from })
  for (let short = 0; ; ) {
    const phone_number = randomPhone()
    const sent = await call('send-otp', { phone_number })
    if (sent.statusCode !== 200) return short
    if (sent.json().code_length === 4) short++
    await call('verify-otp', { phone_number, code: wrongCode(built.outbox.codeFor(phone_number)) })
  }
}

for (const [mode, most] of [
  ['off', [5, 7, 9]],
  ['on', [0, 5, 5]]
] as const) {
  t.test(`a SIM of one's own buys few short codes, STRICT_MODE=${mode}`, async (t) => {
    for (const [signIns, short] of most.entries()) {
      const built = await build(t, {
        ...defaults,
        ...{ STRICT_MODE: mode, STRICT_ADDRESS_FAILURES_PER_DAY: '2', RATE_LIMIT_MAX: '100000' }
      })
      for (const _ of times(signIns)) {
        await signUp(built)
        // Forgiven, and not awaited by the reply.
        await until(async () => (await redis.zcard(`address:{${built.address}}:failures`)) === 0)
      }
      await until(async () => (await redis.zcard(`address:{${built.address}}:signed-in`)) === signIns)
      t.equal(await collected(built, built.address), short, `after ${signIns} sign-ins`)
    }
  })
}

t.test('a /48 whose wrong guesses are spent gets long codes at every address', async (t) => {
  const built = await build(t, defaults)
  const site = `2001:db8:${randomInt(1, 65_536).toString(16)}`
  for (const _ of times(40)) {
    const { takeGuess } = built.app.addressGuard
    await takeGuess(requestFrom(`${site}:${randomInt(1, 9)}::1`), randomPhone())
  }
  t.equal(await collected(built, `${site}:ffff::1`), 0)
})
