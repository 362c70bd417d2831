import { randomInt } from 'node:crypto'
import t, { type Test } from 'tap'
import { build, keysLike, randomPhone, redis, signUp, wrongCode } from '../helper.ts'

/** An address that no other test uses, in a /64 of its own. */
const randomAddress = () => `2001:db8:${randomInt(65_536).toString(16)}:${randomInt(65_536).toString(16)}::1`

/** The app, limited to three calls a minute per address. */
async function service(t: Test) {
  const { app } = await build(t, { RATE_LIMIT_MAX: '3' })
  const call = (remoteAddress: string, url = '/api/auth/staff-login/') =>
    app.inject({ method: 'POST', url, remoteAddress, payload: {} })
  /** The statuses of this many calls, one after the other. */
  const statuses = async (count: number, address: string, url?: string) => {
    const replies: number[] = []
    for (let i = 0; i < count; i++) replies.push((await call(address, url)).statusCode)
    return replies
  }
  return { app, call, statuses }
}

t.test('a source that calls too often gets a 429 that says when to retry', async (t) => {
  const { call, statuses } = await service(t)
  const address = randomAddress()
  t.strictSame(await statuses(3, address), [400, 400, 400])
  const reply = await call(address)
  const { retry_after: seconds, ...body } = reply.json()
  t.match(body, { statusCode: 429, error: 'Too Many Requests', code: 'RATE_LIMITED' })
  t.ok(Number.isInteger(seconds) && seconds > 50 && seconds <= 60, `${seconds} s`)
  t.equal(reply.headers['retry-after'], String(seconds))
})

t.test('other sources are not slowed down', async (t) => {
  const { statuses } = await service(t)
  t.strictSame(await statuses(4, randomAddress()), [400, 400, 400, 429])
  t.strictSame(await statuses(1, randomAddress()), [400])
})

t.test('the addresses of one IPv6 /64 share the limit', async (t) => {
  const { call, statuses } = await service(t)
  const address = randomAddress()
  await statuses(3, address)
  t.equal((await call(address.replace(/1$/, 'ffff'))).statusCode, 429)
})

t.test('parallel calls never exceed the limit, even across processes', async (t) => {
  const [one, other] = [await service(t), await service(t)]
  const address = randomAddress()
  const replies = await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 ? one : other).call(address)))
  t.equal(replies.filter(({ statusCode }) => statusCode === 400).length, 3)
})

t.test('rate limit counters expire within a minute', async (t) => {
  const { call } = await service(t)
  await call(randomAddress())
  const lives = await Promise.all((await keysLike('rate:*')).map((key) => redis.pttl(key)))
  t.ok(lives.length > 0)
  t.ok(
    lives.every((ms) => ms > 0 && ms <= 60_000),
    String(lives)
  )
})

t.test('signed-in calls, health checks and the document are not limited by address', async (t) => {
  const { app, statuses } = await service(t)
  const address = randomAddress()
  t.match(await statuses(4, address), [400, 400, 400, 429])
  for (const [url, status] of [
    ['/api/users/me/', 401],
    ['/health/live', 200],
    ['/openapi.json', 200]
  ] as const) {
    t.equal((await app.inject({ url, remoteAddress: address })).statusCode, status, url)
  }
})

t.test('junk tokens from a source keep nobody there from renewing tokens or signing out', async (t) => {
  const built = await build(t, { RATE_LIMIT_MAX: '3' })
  const { refresh } = await signUp(built)
  for (const _ of Array.from({ length: 20 })) {
    t.equal((await built.refresh('junk')).json().code, 'TOKEN_INVALID')
    t.equal((await built.logout('junk')).statusCode, 204)
  }
  const renewed = await built.refresh(refresh)
  t.equal(renewed.statusCode, 200)
  t.equal((await built.logout(renewed.json().refresh)).statusCode, 204)
})

t.test('a session that calls too often is limited, and other sessions are not', async (t) => {
  const built = await build(t, { RATE_LIMIT_MAX: '3' })
  const [one, other] = [await signUp(built), await signUp(await build(t, { RATE_LIMIT_MAX: '3' }))]
  const codes: (string | undefined)[] = []
  for (const _ of Array.from({ length: 4 })) codes.push((await built.refresh(one.refresh)).json().code)
  t.strictSame(codes, [undefined, undefined, undefined, 'RATE_LIMITED'])
  t.equal((await built.refresh(other.refresh)).statusCode, 200)
})

t.test('codes and guesses of a source share a limit, and a refused guess is given back', async (t) => {
  const built = await build(t, { RATE_LIMIT_MAX: '3' })
  const phone = randomPhone()
  t.equal((await built.sendOtp(phone)).statusCode, 200)
  t.equal((await built.verifyOtp(phone, wrongCode(built.outbox.codeFor(phone)))).statusCode, 401)
  t.equal((await built.sendOtp(randomPhone())).statusCode, 200)
  const reply = await built.verifyOtp(phone, built.outbox.codeFor(phone))
  t.match(reply.json(), { statusCode: 429, code: 'RATE_LIMITED', retry_after: Number })
  t.equal(reply.headers['retry-after'], String(reply.json().retry_after))
  t.equal(await redis.zcard(`address:{${built.address}}:failures`), 1, 'the refused guess is given back')
})
