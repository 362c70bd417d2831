import { randomInt } from 'node:crypto'
import t, { type Test } from 'tap'
import type { LoginAttempt } from '../../src/plugins/login-limit.ts'
import { build, randomPhone, redis } from '../helper.ts'

const times = (count: number) => Array.from({ length: count })
/** An address that no other test has. */
const randomAddress = () => `2001:db8:${randomInt(65_536).toString(16)}:${randomInt(65_536).toString(16)}::`

async function limit(t: Test, perNumber = 3, perAddress = 5) {
  const { app } = await build(t, {
    LOGIN_MAX_FAILURES_PER_NUMBER: String(perNumber),
    LOGIN_MAX_FAILURES_PER_ADDRESS: String(perAddress),
    LOGIN_WINDOW_SECONDS: '600'
  })
  return app.loginLimit
}

const refusal = { statusCode: 429, code: 'LOGIN_LIMIT' }
/** Attempts that count as wrong passwords, one after the other. */
async function fail(
  loginLimit: Awaited<ReturnType<typeof limit>>,
  count: number,
  phone: string,
  address: string
) {
  for (const _ of times(count)) await loginLimit.take(phone, address)
}
const taken = (ended: PromiseSettledResult<LoginAttempt>[]) =>
  ended.filter(({ status }) => status === 'fulfilled').length

t.test('a number has so many wrong passwords, from wherever they come', async (t) => {
  const loginLimit = await limit(t, 3)
  const phone = randomPhone()
  for (const _ of times(3)) await loginLimit.take(phone, randomAddress())
  await t.rejects(loginLimit.take(phone, randomAddress()), refusal)
  await t.resolves(loginLimit.take(randomPhone(), randomAddress()), 'another number is free')
})

t.test('an address has so many wrong passwords, for whichever numbers', async (t) => {
  const loginLimit = await limit(t, 3, 5)
  const address = randomAddress()
  for (const _ of times(5)) await loginLimit.take(randomPhone(), address)
  await t.rejects(loginLimit.take(randomPhone(), address), refusal)
  await t.resolves(loginLimit.take(randomPhone(), randomAddress()), 'another address is free')
})

t.test('guesses at the same moment never exceed the budget of the number', async (t) => {
  const loginLimit = await limit(t, 3, 1_000)
  const phone = randomPhone()
  const ended = await Promise.allSettled(times(60).map(() => loginLimit.take(phone, randomAddress())))
  t.equal(taken(ended), 3)
  t.equal(await redis.zcard(`login:number:{${phone}}`), 3)
})

t.test('guesses at the same moment never exceed the budget of the address', async (t) => {
  const loginLimit = await limit(t, 3, 5)
  const address = randomAddress()
  const ended = await Promise.allSettled(times(60).map(() => loginLimit.take(randomPhone(), address)))
  t.equal(taken(ended), 5)
  t.equal(await redis.zcard(`login:address:{${address}}`), 5)
})

t.test('two processes share one budget', async (t) => {
  const processes = [await limit(t, 3), await limit(t, 3)]
  const phone = randomPhone()
  const takes = times(20).map((_, i) => processes[i % 2]?.take(phone, randomAddress()) ?? Promise.reject())
  t.equal(taken(await Promise.allSettled(takes)), 3)
})

t.test('who is refused reads how long to wait, at most the window', async (t) => {
  const loginLimit = await limit(t, 1)
  const phone = randomPhone()
  await loginLimit.take(phone, randomAddress())
  const [refused] = await Promise.allSettled([loginLimit.take(phone, randomAddress())])
  const seconds = refused?.status === 'rejected' ? refused.reason.details.retry_after : undefined
  t.ok(Number.isInteger(seconds) && seconds > 590 && seconds <= 600, `${seconds} s`)
})

t.test('an attempt that is refused spends nothing of the other budget', async (t) => {
  const loginLimit = await limit(t, 1, 3)
  const [phone, address] = [randomPhone(), randomAddress()]
  await loginLimit.take(phone, randomAddress())
  for (const _ of times(10)) await t.rejects(loginLimit.take(phone, address), refusal)
  t.equal(await redis.zcard(`login:address:{${address}}`), 0)
  await t.resolves(fail(loginLimit, 1, randomPhone(), address))
})

t.test('a right password frees the number, and gives the address back only its own attempt', async (t) => {
  const loginLimit = await limit(t, 3, 10)
  const [phone, address] = [randomPhone(), randomAddress()]
  await fail(loginLimit, 2, phone, address)
  const attempt = await loginLimit.take(phone, address)
  await attempt.succeed()
  t.equal(await redis.zcard(`login:address:{${address}}`), 2, 'the two wrong ones stay')
  await t.resolves(fail(loginLimit, 3, phone, address), 'the number starts afresh')
  await t.rejects(loginLimit.take(phone, address), refusal)
})

t.test('an owner who signs in now and then does not refill the address of a guesser', async (t) => {
  const loginLimit = await limit(t, 3, 5)
  const [own, address] = [randomPhone(), randomAddress()]
  for (const _ of times(4)) {
    await loginLimit.take(randomPhone(), address)
    await (await loginLimit.take(own, address)).succeed()
  }
  await loginLimit.take(randomPhone(), address)
  await t.rejects(loginLimit.take(own, address), refusal)
})

t.test('an attempt that fails without a verdict is given back, with its error', async (t) => {
  const loginLimit = await limit(t, 3, 5)
  const [phone, address] = [randomPhone(), randomAddress()]
  await fail(loginLimit, 1, phone, address)
  const attempt = await loginLimit.take(phone, address)
  const away = new Error('the database is away')
  await t.rejects(
    attempt.orGiveBack(() => Promise.reject(away)),
    away
  )
  t.equal(await redis.zcard(`login:number:{${phone}}`), 1)
  t.equal(await redis.zcard(`login:address:{${address}}`), 1)
})

t.test('an attempt that came to a verdict stays counted', async (t) => {
  const loginLimit = await limit(t)
  const phone = randomPhone()
  const attempt = await loginLimit.take(phone, randomAddress())
  t.equal(await attempt.orGiveBack(async () => false), false)
  t.equal(await redis.zcard(`login:number:{${phone}}`), 1)
})

t.test('what is counted leaves Redis with its window', async (t) => {
  const loginLimit = await limit(t)
  const [phone, address] = [randomPhone(), randomAddress()]
  await loginLimit.take(phone, address)
  for (const key of [`login:number:{${phone}}`, `login:address:{${address}}`]) {
    const seconds = await redis.ttl(key)
    t.ok(seconds > 590 && seconds <= 600, key)
  }
})

t.test('a wrong password is forgotten when the window is over', async (t) => {
  const loginLimit = await limit(t, 1)
  const phone = randomPhone()
  await loginLimit.take(phone, randomAddress())
  await t.rejects(loginLimit.take(phone, randomAddress()), refusal)
  const key = `login:number:{${phone}}`
  const [name = ''] = await redis.zrange(key, '0', '-1')
  await redis.zincrby(key, -600_000, name)
  await t.resolves(loginLimit.take(phone, randomAddress()))
})

t.test('a failure to give back is logged and hides nothing', async (t) => {
  const { app, log } = await build(t)
  const attempt = await app.loginLimit.take(randomPhone(), '192.0.2.77')
  app.redis.zrem = async () => {
    throw new Error('Connection is closed.')
  }
  const failing = attempt.orGiveBack(() => Promise.reject(new Error('the database is away')))
  await t.rejects(failing, { message: 'the database is away' })
  t.match(log.join(''), 'a login attempt was not given back')
})
