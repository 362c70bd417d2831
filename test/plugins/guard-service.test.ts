import t from 'tap'
import { makeStrict, service, times } from '../guarded-service.ts'
import { randomPhone } from '../helper.ts'
import { until } from '../until.ts'

const TEN_MINUTES = 600
const DAY = 86_400
const RESEND_SECONDS = 60

const LIMIT = 4
const settings = {
  STRICT_FAILURES_PER_DAY: String(LIMIT),
  STRICT_FAILURES_PER_TEN_MINUTES: String(LIMIT),
  STRICT_ADDRESS_FAILURES_PER_DAY: '2'
}

t.test('too many wrong guesses make the service strict, and page somebody once', async (t) => {
  const built = await service(t, settings)
  const other = await service(t, settings, { prefix: built.prefix })
  await built.guessWrongly(LIMIT)
  t.match((await built.from().send(randomPhone())).json(), { code_length: 4 })
  await Promise.all([built.guessWrongly(2), other.guessWrongly(2)])
  t.match((await other.from().send(randomPhone())).json(), { code_length: 6 }, 'all processes know')
  const pages = [...built.events('strict_mode_entered'), ...other.events('strict_mode_entered')]
  t.match(pages, [{ level: 50 }])
  t.equal(pages.length, 1)
})

t.test('too many wrong guesses in ten minutes make it strict too', async (t) => {
  const { guessWrongly, events, pass } = await service(t, { STRICT_FAILURES_PER_TEN_MINUTES: '3' })
  await guessWrongly(3)
  await pass(TEN_MINUTES)
  await guessWrongly(3)
  t.equal(events('strict_mode_entered').length, 0)
  await guessWrongly(1)
  t.equal(events('strict_mode_entered').length, 1)
})

t.test('a share of the sign-ins is added to the limit', async (t) => {
  const { guessWrongly, events, signIn } = await service(t, { ...settings, STRICT_FAILURES_PERCENT: '50' })
  for (const _ of times(5)) await signIn()
  await guessWrongly(LIMIT + 2)
  t.equal(events('strict_mode_entered').length, 0)
  await guessWrongly(1)
  t.equal(events('strict_mode_entered').length, 1)
})

t.test('parallel guesses never exceed the limit of the service', async (t) => {
  const { from, guessWrongly } = await service(t, settings)
  const victims = times(30).map(() => randomPhone())
  await Promise.all(victims.map((victim) => from().send(victim)))
  const replies = await Promise.all(victims.map((victim) => from().guess(victim)))
  const judged = replies.filter((reply) => reply.json().attempts_left > 0)
  t.ok(judged.length > 0 && judged.length <= LIMIT, `${judged.length} were judged`)
  await guessWrongly(LIMIT - judged.length + 1)
  t.match((await from().send(randomPhone())).json(), { code_length: 6 })
})

t.test('an honest crowd does not make it strict: a typo followed by a sign-in is forgiven', async (t) => {
  const { from, events, kept } = await service(t, settings)
  for (const _ of times(3 * LIMIT)) {
    const phone = randomPhone()
    const { send, guess, verify } = from()
    await send(phone)
    await guess(phone)
    t.equal((await verify(phone)).statusCode, 200)
    // The reply does not wait until the guess is forgiven.
    await until(async () => (await kept('service')) === 0)
  }
  t.equal(events('strict_mode_entered').length, 0)
})

t.test('guesses from a known device do not count towards strict mode', async (t) => {
  const { from, signIn, pass, events, guessWrongly } = await service(t, settings)
  const { phone, device_token } = await signIn()
  await pass(RESEND_SECONDS)
  const { send, guess } = from()
  await send(phone, { device_token })
  for (const attemptsLeft of [4, 3, 2, 1, 0])
    t.match((await guess(phone, { device_token })).json(), { attempts_left: attemptsLeft })
  await guessWrongly(LIMIT)
  t.equal(events('strict_mode_entered').length, 0)
})

t.test('guesses at a long code do not count either', async (t) => {
  const { from, guessWrongly, pass, outbox, events } = await service(t, {
    ...settings,
    OTP_MAX_FAILURES_PER_DAY: '2'
  })
  const victim = randomPhone()
  await from().send(victim)
  await from().guess(victim)
  await pass(RESEND_SECONDS)
  await from().send(victim)
  t.equal(outbox.codeFor(victim).length, 6)
  for (const attemptsLeft of [4, 3, 2, 1, 0])
    t.match((await from().guess(victim)).json(), { attempts_left: attemptsLeft })
  await guessWrongly(LIMIT - 1)
  t.equal(events('strict_mode_entered').length, 0)
})

t.test('guesses without a code do not count either', async (t) => {
  const { from, events, guessWrongly } = await service(t, settings)
  await guessWrongly(1)
  for (const _ of times(3 * LIMIT)) await from().guess(randomPhone())
  t.equal(events('strict_mode_entered').length, 0)
})

t.test('in strict mode short codes of strangers are void, and their new codes are long', async (t) => {
  const built = await service(t, settings)
  const { from } = built
  const phone = randomPhone()
  const stranger = from()
  await stranger.send(phone)
  await makeStrict(built, LIMIT)
  t.match((await stranger.verify(phone)).json(), { code: 'OTP_INVALID', attempts_left: 0 })
  await built.pass(RESEND_SECONDS)
  t.match((await stranger.send(phone)).json(), { code_length: 6 })
  t.match((await stranger.guess(phone)).json(), { attempts_left: 4 })
  t.match((await stranger.verify(phone)).json(), { is_new_user: true })
})

t.test('strict mode spares known devices, known sources and familiar callers', async (t) => {
  const built = await service(t, settings)
  const { from, signIn, pass } = built
  const { phone, address, device_token } = await signIn()
  const another = await signIn()
  const familiar = randomPhone()
  await pass(RESEND_SECONDS)
  await from(address).send(phone)
  await from(address).send(familiar)
  await from().send(another.phone, { device_token: another.device_token })
  await makeStrict(built, LIMIT)
  t.equal((await from(address).verify(familiar)).statusCode, 200, 'a familiar caller')
  t.equal((await from(address).verify(phone)).statusCode, 200, 'a known source')
  const bring = { device_token: another.device_token }
  t.equal((await from().verify(another.phone, undefined, bring)).statusCode, 200, 'a device, anywhere')
  await pass(RESEND_SECONDS)
  t.match((await from(address).send(phone)).json(), { code_length: 4 })
  t.match((await from(address).send(randomPhone())).json(), { code_length: 4 })
  t.match((await from().send(phone, { device_token })).json(), { code_length: 4 })
})

t.test('in strict mode familiar callers beside a guesser become strangers, known ones do not', async (t) => {
  const built = await service(t, settings)
  const { from, signIn, pass } = built
  const { phone, address } = await signIn()
  await makeStrict(built, LIMIT)
  const beside = from(address)
  for (const _ of times(2)) {
    t.match((await beside.send(randomPhone())).json(), { code_length: 4 })
    const victim = randomPhone()
    await beside.send(victim)
    t.match((await beside.guess(victim)).json(), { attempts_left: 4 })
  }
  t.match((await beside.send(randomPhone())).json(), { code_length: 6 })
  await pass(RESEND_SECONDS)
  t.match((await beside.send(phone)).json(), { code_length: 4 }, 'a known caller')
})

t.test('in strict mode a source with twice as many guesses waits, even at its own codes', async (t) => {
  const built = await service(t, settings)
  const { from } = built
  await makeStrict(built, LIMIT)
  const { send, guess, verify } = from()
  const phone = randomPhone()
  await send(phone)
  for (const attemptsLeft of [4, 3, 2, 1])
    t.match((await guess(phone)).json(), { attempts_left: attemptsLeft })
  const own = randomPhone()
  t.match((await send(own)).json(), { code_length: 6 })
  const reply = (await verify(own)).json()
  t.match(reply, { statusCode: 429, code: 'OTP_ATTEMPT_LIMIT' })
  t.ok(reply.retry_after > DAY - 60 && reply.retry_after <= DAY)
})

t.test('strict mode ends by itself when guesses stop, and can begin again', async (t) => {
  const built = await service(t, settings)
  const { from, pass, events } = built
  await makeStrict(built, LIMIT)
  await pass(DAY - 60)
  t.match((await from().send(randomPhone())).json(), { code_length: 6 })
  await pass(120)
  t.match((await from().send(randomPhone())).json(), { code_length: 4 })
  await makeStrict(built, LIMIT)
  t.equal(events('strict_mode_entered').length, 2)
})
